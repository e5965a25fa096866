import type { Input } from '../local-aws/cleanroomsml/model';

type TrainingData = Input<'CreateTrainingDataset'>['trainingData'];

/** Training data as the API takes it: the three columns that must be, and features by their names. */
export function trainingData(databaseName: string, features: Readonly<Record<string, 'CATEGORICAL_FEATURE' | 'NUMERICAL_FEATURE'>> = {}): TrainingData {
  const columns = { user_id: 'USER_ID', item_id: 'ITEM_ID', ts: 'TIMESTAMP', ...features } as const;
  return [{
    type: 'INTERACTIONS',
    inputConfig: {
      schema: Object.entries(columns).map(([columnName, type]) => ({ columnName, columnTypes: [type] })),
      dataSource: { glueDataSource: { tableName: 'clicks', databaseName } },
    },
  }];
}
