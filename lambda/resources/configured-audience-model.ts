import { ResourceHandler, synchronous } from './resource-handler';
import { Attribute, Fate } from '../../src/private/contract';
import type { Summary } from '../detail';
import type { RawProperties } from '../events';
import { canonicalJson } from '../identity';
import { DetailOf, Kind, listAll } from '../kind';
import { isOfThisOperation } from '../operation';
import { differs, integer, list, object, optional, optionalText, text, uncapitalized } from '../properties';
import { isRollback } from '../request';
import { tagsOf } from '../search';
import { fence, Step } from '../step';
import { successorOf } from '../successor';
import { hasFate, isGeneration, isOfStack } from '../tags';

const configuredAudienceModel = object({
  AudienceModelArn: text,
  OutputConfig: object({ Destination: object({ S3Destination: object({ S3Uri: text }) }), RoleArn: text }),
  SharedAudienceMetrics: list(text),
  MinMatchingSeedSize: optional(integer(25, 500_000)),
  AudienceSizeConfig: optional(object({ AudienceSizeType: text, AudienceSizeBins: list(integer(1, 20_000_000)) })),
  ChildResourceTagOnCreatePolicy: optionalText,
  Description: optionalText,
});

/** What the service assumes where nothing is said. */
const DEFAULTS = { minMatchingSeedSize: 500, description: '' };

/** What can change. */
const CHANGEABLE = ['AudienceModelArn', 'OutputConfig', 'SharedAudienceMetrics', 'MinMatchingSeedSize', 'AudienceSizeConfig', 'Description'];

/** All but the name and the tag policy of its jobs changes in place. */
export class ConfiguredAudienceModels extends Kind<DetailOf<'ConfiguredAudienceModel'>> {
  constructor(step: Step) { super('ConfiguredAudienceModel', configuredAudienceModel, step); }

  /** Only what the template changed, and of that only what is not so already; what is unset goes back to the service's default. */
  public override update(observed: DetailOf<'ConfiguredAudienceModel'>, properties: RawProperties, previous: RawProperties | undefined) {
    const { request } = this.step;
    const isForgotten = request.unchanged && isRollback(request.operation);
    const wanted = withDefaults(configuredAudienceModel(properties, ''));
    const shown = withDefaults(observed);
    const changes = CHANGEABLE.filter((property) => differs(property, properties, previous)).map(uncapitalized)
      .filter((field) => wanted[field] !== undefined && canonicalJson(wanted[field]) !== canonicalJson(shown[field]));
    if (changes.length === 0) return undefined;
    return async () => {
      const fields: Record<string, unknown> = Object.fromEntries(changes.map((field) => [field, wanted[field]]));
      if (changes.includes('audienceModelArn')) {
        fields.audienceModelArn = await this.modelToUse(observed.audienceModelArn, String(wanted.audienceModelArn), isForgotten);
        if (fields.audienceModelArn === observed.audienceModelArn) delete fields.audienceModelArn;
      }
      if (Object.keys(fields).length === 0) return;
      await fence(this.step);
      await this.service.call('UpdateConfiguredAudienceModel', { configuredAudienceModelArn: observed.arn, ...fields });
    };
  }

  /** Only where the template was changed does a deployment take back what a retraining, or another hand, has put in place. */
  private async modelToUse(observed: string, wanted: string, isForgotten: boolean): Promise<string> {
    const { step, step: { request } } = this;
    if (isForgotten && !await this.isOfTemplate(observed)) return observed;
    const generationFor = async (named: unknown, mayBe?: (model: Summary) => boolean) => (
      (await successorOf(step, request.logicalId, String(named), mayBe))?.detail.arn
    );
    const isMeant = !isRollback(request.operation) && !request.unchanged;
    // Where rollback is disabled, an update that failed is taken back by one that looks meant.
    if (isMeant) return await generationFor(wanted, ({ arn }) => arn === observed) ?? wanted;
    // An execution may have gone back since the update that is rolled back.
    const isOlder = ({ arn, createTime }: Summary) => arn === observed && !isOfThisOperation(request, createTime);
    return await generationFor(wanted) ?? await generationFor(request.previous?.properties.AudienceModelArn, isOlder) ?? wanted;
  }

  /** Whether a template of the stack has made an audience model, and no retraining has. One of others may have been put in place by hand. */
  private async isOfTemplate(audienceModelArn: string): Promise<boolean> {
    const listed = (await listAll(this.service, 'AudienceModel')).some(({ arn }) => arn === audienceModelArn);
    const tags = listed ? await tagsOf(this.service, audienceModelArn) ?? {} : {};
    return isOfStack(this.step.request, tags) && !isGeneration(tags) && !hasFate(tags, Fate.KEPT);
  }
}

function withDefaults(values: object): RawProperties {
  const set = Object.entries(values).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(set) };
}

export const configuredAudienceModelType: ResourceHandler = synchronous(
  Attribute.CONFIGURED_AUDIENCE_MODEL_ARN, configuredAudienceModel, (step) => new ConfiguredAudienceModels(step),
);
