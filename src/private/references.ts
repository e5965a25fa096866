import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import { IEnvironmentAware } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { checkAccount, checkRegion } from './environment';
import { check, checkFixed, mismatch, Validator } from './faults';
import { serviceArns } from './validation';
import { IAudienceModelRef } from '../audience-model-ref';
import { IConfiguredAudienceModelRef } from '../configured-audience-model-ref';

/*
 * The faults of resources of the service that another one needs: of the same account and Region, as everything but starting an audience
 * generation job is refused across accounts.
 */

export function checkTrainingDataset(property: string, resource: cleanroomsml.ITrainingDatasetRef, construct: Construct): string[] {
  return checkReference(property, resource, resource?.trainingDatasetRef?.trainingDatasetArn, serviceArns.trainingDataset,
    'a training dataset, such as TrainingDataset.fromTrainingDatasetArn(…)', construct);
}

export function checkAudienceModel(property: string, resource: IAudienceModelRef, construct: Construct): string[] {
  return checkReference(property, resource, resource?.audienceModelRef?.audienceModelArn, serviceArns.audienceModel,
    'an audience model, such as AudienceModel.fromAudienceModelArn(…)', construct);
}

export function checkConfiguredAudienceModel(property: string, resource: IConfiguredAudienceModelRef, construct: Construct): string[] {
  return checkReference(property, resource, resource?.configuredAudienceModelRef?.configuredAudienceModelArn, serviceArns.configuredAudienceModel,
    'a configured audience model, such as ConfiguredAudienceModel.fromConfiguredAudienceModelArn(…)', construct);
}

/** Of any account: the only resource that another account may use. */
export function checkStartableModel(property: string, resource: IConfiguredAudienceModelRef, construct: Construct): string[] {
  const arn = resource?.configuredAudienceModelRef?.configuredAudienceModelArn;
  if (arn === undefined) {
    return [mismatch(property, resource, 'a configured audience model, such as ConfiguredAudienceModel.fromConfiguredAudienceModelArn(…)')];
  }
  return [
    ...checkFixed(property, arn, serviceArns.configuredAudienceModel, 'a policy names it; choose between states, each with a model of its own'),
    ...checkRegion(property, resource, construct),
  ];
}

function checkReference(
  property: string, resource: IEnvironmentAware, arn: string | undefined, validArn: Validator<string>, expected: string, construct: Construct,
): string[] {
  if (arn === undefined) return [mismatch(property, resource, expected)];
  return [...check(property, arn, validArn), ...checkAccount(property, resource, construct), ...checkRegion(property, resource, construct)];
}
