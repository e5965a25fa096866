import type { AudienceSizeConfig, GetConfiguredAudienceModelResponse } from '@aws-sdk/client-cleanroomsml';
import { listAudienceModels } from './audience-model';
import { ResourceHandler, synchronous } from './resource-handler';
import { Attribute } from '../../src/private/contract';
import type { Detail, Tags } from '../detail';
import { canonicalJson } from '../identity';
import { isOfThisOperation } from '../operation';
import type { Properties } from '../properties';
import { ifFound, pagesOf, Service } from '../service';
import { fence, Kind, Step } from '../step';

/** What the service assumes where nothing is said. */
const DEFAULT_SEED_SIZE = 500;

type ConfiguredAudienceModelDetail = Detail & GetConfiguredAudienceModelResponse;

/** All but the name and the tag policy of its jobs changes in place. */
export class ConfiguredAudienceModels implements Kind<ConfiguredAudienceModelDetail> {
  readonly noun = 'configured audience model';
  readonly uniqueNames = false;
  readonly nameProp = 'configuredAudienceModelName';
  private readonly service: Service;

  constructor(private readonly step: Step) {
    this.service = step.service;
  }

  isReady(status: string) { return status === 'ACTIVE'; }
  async delete(arn: string) { await ifFound(this.service.call('DeleteConfiguredAudienceModel', { configuredAudienceModelArn: arn })); }
  async checkCreate() { /* It costs nothing. */ }

  async list() {
    const pages = await pagesOf(async (nextToken) => this.service.call('ListConfiguredAudienceModels', { maxResults: 100, nextToken }));
    return pages.flatMap((page) => page.configuredAudienceModels).map((summary) => ({ ...summary, arn: summary.configuredAudienceModelArn }));
  }

  async get(arn: string): Promise<ConfiguredAudienceModelDetail | undefined> {
    const detail = await ifFound(this.service.call('GetConfiguredAudienceModel', { configuredAudienceModelArn: arn }));
    return detail && { ...detail, arn: detail.configuredAudienceModelArn };
  }

  async create(name: string, properties: Properties, tags: Tags): Promise<string> {
    return (await this.service.call('CreateConfiguredAudienceModel', { name, tags, ...configuredAudienceModel(properties) })).configuredAudienceModelArn;
  }

  /** Only what the template changed, and of that only what is not so already; what is unset goes back to the service's default. */
  update(observed: ConfiguredAudienceModelDetail, properties: Properties, previous: Properties | undefined) {
    const { request } = this.step;
    // What was not changed now, other hands changed before.
    if (request.forgotten && !isOfThisOperation(request, observed.updateTime)) return undefined;
    const wanted = configuredAudienceModel(properties);
    const fields = {
      AudienceModelArn: { audienceModelArn: wanted.audienceModelArn },
      OutputConfig: { outputConfig: wanted.outputConfig },
      SharedAudienceMetrics: { sharedAudienceMetrics: wanted.sharedAudienceMetrics },
      MinMatchingSeedSize: { minMatchingSeedSize: wanted.minMatchingSeedSize ?? DEFAULT_SEED_SIZE },
      AudienceSizeConfig: { audienceSizeConfig: wanted.audienceSizeConfig },
      Description: { description: wanted.description ?? '' },
    };
    const shown: Readonly<Record<string, unknown>> = {
      ...observed, minMatchingSeedSize: observed.minMatchingSeedSize ?? DEFAULT_SEED_SIZE, description: observed.description ?? '',
    };
    const changes = Object.entries(fields)
      .filter(([property]) => properties.differs(property, previous))
      .flatMap(([, field]) => Object.entries(field))
      .filter(([field, value]) => value !== undefined && canonicalJson(value) !== canonicalJson(shown[field]));
    if (changes.length === 0) return undefined;
    return async () => {
      const repoints = changes.some(([field]) => field === 'audienceModelArn');
      const isOthers = repoints && request.forgotten && !await this.isMadeNow(observed.audienceModelArn);
      const sent = changes.filter(([field]) => !(isOthers && field === 'audienceModelArn'));
      if (sent.length === 0) return;
      await fence(this.step);
      await this.service.call('UpdateConfiguredAudienceModel', { configuredAudienceModelArn: observed.arn, ...Object.fromEntries(sent) });
    };
  }

  /** Whether an audience model is one of the update that is rolled back, and not of those who train for this configured one. */
  private async isMadeNow(audienceModelArn: string): Promise<boolean> {
    const model = (await listAudienceModels(this.service)).find(({ arn }) => arn === audienceModelArn);
    return model !== undefined && isOfThisOperation(this.step.request, model.createTime);
  }
}

export function configuredAudienceModel(properties: Properties) {
  const output = properties.object('OutputConfig');
  return {
    audienceModelArn: properties.text('AudienceModelArn'),
    outputConfig: {
      destination: { s3Destination: { s3Uri: output.object('Destination').object('S3Destination').text('S3Uri') } },
      roleArn: output.text('RoleArn'),
    },
    sharedAudienceMetrics: properties.texts('SharedAudienceMetrics'),
    minMatchingSeedSize: properties.optionalInteger('MinMatchingSeedSize', 25, 500_000),
    audienceSizeConfig: properties.has('AudienceSizeConfig') ? sizeConfig(properties.object('AudienceSizeConfig')) : undefined,
    childResourceTagOnCreatePolicy: properties.optionalText('ChildResourceTagOnCreatePolicy'),
    description: properties.optionalText('Description'),
  };
}

function sizeConfig(properties: Properties): AudienceSizeConfig {
  return {
    audienceSizeType: properties.text('AudienceSizeType'),
    audienceSizeBins: properties.integers('AudienceSizeBins', 1, 20_000_000),
  };
}

export const configuredAudienceModelType: ResourceHandler = synchronous(
  Attribute.CONFIGURED_AUDIENCE_MODEL_ARN, configuredAudienceModel, (step) => new ConfiguredAudienceModels(step),
);
