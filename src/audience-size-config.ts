import { Construct } from 'constructs';
import { AudienceSizeConfigProperty } from './private/contract';
import { check, mismatch, required } from './private/faults';
import { absoluteBins, oneOf, percentageBins } from './private/validation';
import { warnOfSizes } from './private/warnings';

/**
 * The unit of audience sizes.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSizeConfig.html
 */
export enum AudienceSizeType {
  /** A number of users. */
  ABSOLUTE = 'ABSOLUTE',

  /** A percentage of the distinct users of the training dataset. */
  PERCENTAGE = 'PERCENTAGE',
}

/**
 * The audience sizes that may be exported from a configured audience model.
 *
 * There may be 1 to 25 sizes, all of them distinct. Each export of an audience generation job has one of these sizes.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSizeConfig.html
 */
export class AudienceSizeConfig {
  /**
   * Audience sizes as numbers of users. Throws nothing itself: the construct that gets the sizes reports what is wrong with them.
   *
   * @param bins 1 to 25 distinct whole numbers from 1 to 20,000,000; below 10,000 there is a warning, because
   * the export of such an audience fails
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSizeConfig.html
   */
  public static absolute(...bins: number[]): AudienceSizeConfig {
    return new AudienceSizeConfig(AudienceSizeType.ABSOLUTE, bins);
  }

  /**
   * Audience sizes as percentages of the distinct users of the training dataset. Throws nothing itself: the construct that gets
   * the sizes reports what is wrong with them.
   *
   * @param bins 1 to 25 distinct whole numbers from 1 to 100; above 20 there is a warning, because
   * Clean Rooms ML makes audiences of at most 20 percent
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/clean-rooms-ml-quotas.html
   */
  public static percentage(...bins: number[]): AudienceSizeConfig {
    return new AudienceSizeConfig(AudienceSizeType.PERCENTAGE, bins);
  }

  private constructor(
    /**
     * The unit of the sizes.
     *
     * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSizeConfig.html
     */
    public readonly audienceSizeType: AudienceSizeType,
    /**
     * The sizes: 1 to 25 distinct whole numbers, in the unit of `audienceSizeType`.
     *
     * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSizeConfig.html
     */
    public readonly audienceSizeBins: number[],
  ) {}

  /** @internal */
  public _faults(property: string): string[] {
    const { audienceSizeBins, audienceSizeType } = this;
    if (!Array.isArray(audienceSizeBins)) return [mismatch(`${property}.audienceSizeBins`, audienceSizeBins, 'a list of whole numbers')];
    return [
      ...check(`${property}.audienceSizeType`, audienceSizeType,
        required(oneOf(AudienceSizeType), 'use a factory such as AudienceSizeConfig.absolute(…)')),
      ...check(property, audienceSizeBins, audienceSizeType === AudienceSizeType.PERCENTAGE ? percentageBins : absoluteBins),
    ];
  }

  /** @internal */
  public _render(construct: Construct): AudienceSizeConfigProperty {
    warnOfSizes(construct, 'audienceSizeConfig', this.audienceSizeType, this.audienceSizeBins);
    return { AudienceSizeType: this.audienceSizeType, AudienceSizeBins: this.audienceSizeBins };
  }
}
