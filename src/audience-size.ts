import { Tokenization } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AudienceSizeType } from './audience-size-config';
import { check, required } from './private/faults';
import { absoluteSize, oneOf, percentageSize } from './private/validation';
import { warnOfSizes } from './private/warnings';

/**
 * The size of one audience.
 *
 * It must be one of the sizes of the configured audience model. An export of fewer than 10,000 users fails at the service.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSize.html
 */
export class AudienceSize {
  /**
   * A number of users. Throws nothing itself: the construct that gets the size reports what is wrong with it.
   *
   * @param value a whole number from 1 to 20,000,000; below 10,000 there is a warning, because the export of such an audience fails
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSize.html
   */
  public static absolute(value: number): AudienceSize {
    return new AudienceSize(AudienceSizeType.ABSOLUTE, value);
  }

  /**
   * A percentage of the distinct users of the training dataset. Throws nothing itself: the construct that gets the size reports what is
   * wrong with it.
   *
   * @param value a whole number from 1 to 100; above 20 there is a warning, because Clean Rooms ML makes audiences of at most 20 percent
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/clean-rooms-ml-quotas.html
   */
  public static percentage(value: number): AudienceSize {
    return new AudienceSize(AudienceSizeType.PERCENTAGE, value);
  }

  private constructor(
    /**
     * The unit of the size.
     *
     * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSize.html
     */
    public readonly audienceSizeType: AudienceSizeType,
    /**
     * The size, in the unit of `audienceSizeType`.
     *
     * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSize.html
     */
    public readonly value: number,
  ) {}

  /** @internal */
  public _faults(property: string): string[] {
    return [
      ...check(`${property}.audienceSizeType`, this.audienceSizeType,
        required(oneOf(AudienceSizeType), 'use a factory such as AudienceSize.percentage(…)')),
      ...check(property, this.value,
        required(this.audienceSizeType === AudienceSizeType.PERCENTAGE ? percentageSize : absoluteSize, 'give a size')),
    ];
  }

  /** @internal */
  public _render(construct: Construct): { readonly Type: string; readonly Value: number } {
    warnOfSizes(construct, 'size', this.audienceSizeType, [this.value]);
    return { Type: this.audienceSizeType, Value: this.value };
  }

  /** As metrics name it. @internal */
  public get _label(): string {
    return `${this.audienceSizeType}-${Tokenization.stringifyNumber(this.value)}`;
  }
}
