import { Command } from '@smithy/core/client';
import { getEndpointPlugin } from '@smithy/core/endpoints';
import type { MetadataBearer } from '@smithy/types';
import type { CleanRoomsMLClient } from './client';
import { OPERATION_SCHEMAS } from './schemas';
import { Input, OperationName, Output, SERVICE } from '../../cleanroomsml/model';

type Config = CleanRoomsMLClient['config'];
type Answer<N extends OperationName> = (Output<N> extends void ? object : Output<N>) & MetadataBearer;

function command<N extends OperationName>(operation: N) {
  return Command.classBuilder<Input<N>, Answer<N>, Config, object, MetadataBearer>()
    .ep({ Endpoint: { type: 'builtInParams', name: 'endpoint' }, Region: { type: 'builtInParams', name: 'region' } })
    .m((commandClass, _stack, config) => [getEndpointPlugin(config, commandClass.getEndpointParameterInstructions())])
    .s(SERVICE.sdkId, operation)
    .n(`${SERVICE.sdkId}Client`, `${operation}Command`)
    .sc(OPERATION_SCHEMAS[operation])
    .build();
}

export class CreateTrainingDatasetCommand extends command('CreateTrainingDataset') {}
export class GetTrainingDatasetCommand extends command('GetTrainingDataset') {}
export class ListTrainingDatasetsCommand extends command('ListTrainingDatasets') {}
export class DeleteTrainingDatasetCommand extends command('DeleteTrainingDataset') {}
export class CreateAudienceModelCommand extends command('CreateAudienceModel') {}
export class GetAudienceModelCommand extends command('GetAudienceModel') {}
export class ListAudienceModelsCommand extends command('ListAudienceModels') {}
export class DeleteAudienceModelCommand extends command('DeleteAudienceModel') {}
export class CreateConfiguredAudienceModelCommand extends command('CreateConfiguredAudienceModel') {}
export class GetConfiguredAudienceModelCommand extends command('GetConfiguredAudienceModel') {}
export class ListConfiguredAudienceModelsCommand extends command('ListConfiguredAudienceModels') {}
export class UpdateConfiguredAudienceModelCommand extends command('UpdateConfiguredAudienceModel') {}
export class DeleteConfiguredAudienceModelCommand extends command('DeleteConfiguredAudienceModel') {}
export class PutConfiguredAudienceModelPolicyCommand extends command('PutConfiguredAudienceModelPolicy') {}
export class GetConfiguredAudienceModelPolicyCommand extends command('GetConfiguredAudienceModelPolicy') {}
export class DeleteConfiguredAudienceModelPolicyCommand extends command('DeleteConfiguredAudienceModelPolicy') {}
export class StartAudienceGenerationJobCommand extends command('StartAudienceGenerationJob') {}
export class GetAudienceGenerationJobCommand extends command('GetAudienceGenerationJob') {}
export class ListAudienceGenerationJobsCommand extends command('ListAudienceGenerationJobs') {}
export class DeleteAudienceGenerationJobCommand extends command('DeleteAudienceGenerationJob') {}
export class StartAudienceExportJobCommand extends command('StartAudienceExportJob') {}
export class ListAudienceExportJobsCommand extends command('ListAudienceExportJobs') {}
export class TagResourceCommand extends command('TagResource') {}
export class UntagResourceCommand extends command('UntagResource') {}
export class ListTagsForResourceCommand extends command('ListTagsForResource') {}
