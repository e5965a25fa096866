import { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { HOUR, MINUTE, outputOf, SEEDS, World } from './world';
import { AwsError } from '../../../local-aws/aws';
import { ConnectionReset } from '../../../local-aws/faults';
import { AudienceExport, AudienceGeneration, AudienceSize, SeedAudience } from '../../../src';

let world: World;
beforeEach(async () => { world = await World.start({ generationTime: HOUR }); });
afterEach(async () => world.close());

const machine = (stack: Stack, chain: sfn.IChainable, queryLanguage?: sfn.QueryLanguage) =>
  new sfn.StateMachine(stack, 'Machine', { queryLanguage, definitionBody: sfn.DefinitionBody.fromChainable(chain) });
const somewhere = (stack: Stack, uri: string) => SeedAudience.fromS3Uri(uri, { bucket: s3.Bucket.fromBucketName(stack, 'Seeds', SEEDS) });

const GENERATION = {
  AudienceGenerationJobArn: expect.stringContaining(':audience-generation-job/'),
  Name: expect.stringMatching(/^weekly-[0-9a-f]{16}$/),
  Status: 'ACTIVE',
  Recall: 0.5,
  Relevance: [1, 5, 10].map((Value) => ({ AudienceSize: { Type: 'PERCENTAGE', Value }, Score: 1 - Value / 20 })),
};
const EXPORT = {
  AudienceGenerationJobArn: GENERATION.AudienceGenerationJobArn,
  Name: expect.stringMatching(/^Export-[0-9a-f]{16}$/),
  AudienceSize: { Type: 'PERCENTAGE', Value: 5 },
  Status: 'ACTIVE',
  OutputLocation: expect.stringMatching(/^s3:\/\/retail-audiences\/audiences\//),
};
const INPUT = { seed: `s3://${SEEDS}/today.jsonl`, name: 'weekly', size: 5, mine: { kept: true } };

describe('a state machine of the user\'s own', () => {
  test('in JSONPath', async () => {
    await world.deploy((stack) => {
      const generate = new AudienceGeneration(stack, 'Generate', {
        configuredAudienceModel: world.model(stack),
        seedAudience: somewhere(stack, sfn.JsonPath.stringAt('$.seed')),
        jobName: sfn.JsonPath.stringAt('$.name'),
        description: sfn.JsonPath.format('From {}', sfn.JsonPath.stringAt('$$.Execution.Name')),
        resultPath: '$.generation',
      });
      machine(stack, generate.next(new AudienceExport(stack, 'Export', {
        audienceGenerationJobArn: sfn.JsonPath.stringAt('$.generation.AudienceGenerationJobArn'),
        size: AudienceSize.percentage(sfn.JsonPath.numberAt('$.size')),
        resultPath: '$.export',
      })));
    });
    const execution = await world.run('Machine', INPUT);
    expect(outputOf(execution)).toEqual({ ...INPUT, generation: GENERATION, export: EXPORT });
    expect(world.service.generationsStarted[0].input).toMatchObject({ description: `From ${execution.name}`, seedAudience: { dataSource: { s3Uri: INPUT.seed } } });
    expect(world.denied()).toEqual([]);
  });

  test('in JSONata, with variables', async () => {
    await world.deploy((stack) => {
      const generate = AudienceGeneration.jsonata(stack, 'Generate', {
        configuredAudienceModel: world.model(stack),
        seedAudience: somewhere(stack, '{% $states.input.seed %}'),
        jobName: '{% $states.input.name %}',
        outputs: '{% $merge([$states.input, { "generation": $states.result[0] }]) %}',
        assign: { job: '{% $states.result[0].AudienceGenerationJobArn %}' },
      });
      machine(stack, generate.next(AudienceExport.jsonata(stack, 'Export', {
        audienceGenerationJobArn: '{% $job %}',
        size: AudienceSize.percentage(5),
        outputs: '{% $merge([$states.input, { "export": $states.result[0] }]) %}',
      })), sfn.QueryLanguage.JSONATA);
    });
    expect(outputOf(await world.run('Machine', INPUT))).toEqual({ ...INPUT, generation: GENERATION, export: EXPORT });
  });

  test('in JSONPath, with a part in JSONata, as the only state of a branch', async () => {
    await world.deploy((stack) => {
      const generate = AudienceGeneration.jsonata(stack, 'Generate', {
        configuredAudienceModel: world.model(stack), seedAudience: world.seed(stack), jobName: '{% $states.input.name %}',
      });
      machine(stack, generate.toSingleState({ stateId: 'Single', outputPath: '$[0]' }));
    });
    expect(outputOf(await world.run('Machine', INPUT))).toEqual(GENERATION);
  });

  test('generates from several seeds at the same time, each once', async () => {
    await world.deploy((stack) => {
      const map = new sfn.Map(stack, 'Map', { itemsPath: '$.seeds' });
      map.itemProcessor(new AudienceGeneration(stack, 'Generate', {
        configuredAudienceModel: world.model(stack), seedAudience: somewhere(stack, sfn.JsonPath.stringAt('$')),
      }));
      machine(stack, map);
    });
    const seeds = ['a', 'b', 'c'].map((name) => `s3://${SEEDS}/${name}.jsonl`);
    for (const name of ['a', 'b', 'c']) world.putSeed(`${name}.jsonl`);
    await world.run('Machine', { seeds });
    expect(world.service.generationsStarted.map(({ input }) => input.seedAudience.dataSource?.s3Uri).sort()).toEqual(seeds);
    expect(new Set(world.service.generationsStarted.map(({ input }) => input.name)).size).toBe(3);
  });

  test('that tries the generation again does not pay for it twice', async () => {
    await world.deploy((stack) => {
      const generate = new AudienceGeneration(stack, 'Generate', { configuredAudienceModel: world.model(stack), seedAudience: world.seed(stack) });
      const single = generate.toSingleState({ stateId: 'Single' });
      single.addRetry({ maxAttempts: 2 });
      machine(stack, single);
    });
    world.service.failGeneration(() => true, { statusCode: 'NO_GOOD', message: 'No good' });
    expect(await world.run('Machine')).toMatchObject({ status: 'FAILED', error: 'NO_GOOD' });
    expect(world.service.generationsStarted).toHaveLength(1);
  });

  test('goes on elsewhere when the job fails', async () => {
    await world.deploy((stack) => {
      const generate = new AudienceGeneration(stack, 'Generate', { configuredAudienceModel: world.model(stack), seedAudience: world.seed(stack), resultPath: '$.generation' });
      generate.addCatch(new sfn.Pass(stack, 'Never mind'), { errors: ['NO_GOOD'], resultPath: '$.error' });
      machine(stack, generate);
    });
    world.service.failGeneration(() => true, { statusCode: 'NO_GOOD', message: 'No good' });
    expect(outputOf(await world.run('Machine', { a: 1 }))).toEqual({ a: 1, error: { Error: 'NO_GOOD', Cause: expect.stringContaining('No good') } });
  });

  test('fails with the service\'s words where the name is too long at last', async () => {
    await world.deploy((stack) => {
      machine(stack, new AudienceGeneration(stack, 'Generate', {
        configuredAudienceModel: world.model(stack), seedAudience: world.seed(stack), jobName: sfn.JsonPath.stringAt('$.name'),
      }));
    });
    expect(await world.run('Machine', { name: 'x'.repeat(47) })).toMatchObject({ status: 'FAILED', error: 'CleanRoomsMl.ValidationException' });
    expect(world.service.calls.filter(({ operation }) => operation === 'StartAudienceGenerationJob')).toHaveLength(1);
  });
});

test('an export that is tried again is not paid for twice, even where names are not unique', async () => {
  world.service.settings.exportNamesUnique = false;
  await world.deploy((stack) => {
    const generate = new AudienceGeneration(stack, 'Generate', { configuredAudienceModel: world.model(stack), seedAudience: world.seed(stack) });
    const single = new AudienceExport(stack, 'Export', {
      audienceGenerationJobArn: sfn.JsonPath.stringAt('$.AudienceGenerationJobArn'), size: AudienceSize.percentage(5),
    }).toSingleState({ stateId: 'Single' });
    single.addRetry({ maxAttempts: 2 });
    machine(stack, generate.next(single));
  });
  world.service.failExport(() => true, { statusCode: 'NO_SPACE', message: 'No space' });
  expect(await world.run('Machine')).toMatchObject({ status: 'FAILED', error: 'NO_SPACE' });
  expect(world.service.exportsStarted).toHaveLength(1);
});

describe('a generation', () => {
  beforeEach(async () => {
    await world.deploy((stack) => {
      machine(stack, new AudienceGeneration(stack, 'Generate', { configuredAudienceModel: world.model(stack), seedAudience: world.seed(stack) }));
    });
  });

  test('is found on a later page, and when the list is late', async () => {
    Object.assign(world.service.settings, { pageSize: 1, listLag: 4 * MINUTE });
    for (let other = 0; other < 3; other++) {
      await world.run('Machine');
    }
    let isDue = true;
    world.service.afterCall = ({ operation }) => {
      if (operation !== 'StartAudienceGenerationJob' || !isDue) return;
      isDue = false;
      throw new ConnectionReset();
    };
    expect(outputOf(await world.run('Machine')).Status).toBe('ACTIVE');
    expect(world.service.generationsStarted).toHaveLength(4);
  });

  test('whose name somebody else has fails after a while, and says so', async () => {
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'StartAudienceGenerationJob') throw new AwsError('ConflictException', 'A resource with this name already exists', 409);
    };
    expect(await world.run('Machine')).toMatchObject({ status: 'FAILED', error: 'CleanRoomsMl.ConflictException', cause: expect.stringContaining('already exists') });
  });

  test('that somebody deletes ends the state with the service\'s answer', async () => {
    const execution = world.start('Machine');
    await world.clock.sleep(30 * MINUTE);
    // Nobody can delete a job in progress; but what if it is gone at the next look?
    for (const { generation } of world.service.audienceGenerationJobs()) generation.status = 'ACTIVE';
    const [{ arn }] = world.service.audienceGenerationJobs();
    await world.service.deleteAudienceGenerationJob(world.otherHands, { audienceGenerationJobArn: arn });
    await execution.ended;
    expect(execution).toMatchObject({ status: 'FAILED', cause: expect.stringContaining(arn) });
  });
});

describe('an export', () => {
  beforeEach(async () => {
    await world.deploy((stack) => {
      machine(stack, new AudienceGeneration(stack, 'Generate', { configuredAudienceModel: world.model(stack), seedAudience: world.seed(stack) })
        .next(new AudienceExport(stack, 'Export', {
          audienceGenerationJobArn: sfn.JsonPath.stringAt('$.AudienceGenerationJobArn'), size: AudienceSize.percentage(5),
        })));
    });
  });

  test('that the model does not offer is refused at once', async () => {
    world.service.beforeCall = ({ operation, input }) => {
      if (operation === 'StartAudienceExportJob') Object.assign((input as { audienceSize: object }).audienceSize, { value: 7 });
    };
    expect(await world.run('Machine')).toMatchObject({ status: 'FAILED', error: 'CleanRoomsMl.ValidationException' });
    expect(world.service.calls.filter(({ operation }) => operation === 'StartAudienceExportJob')).toHaveLength(1);
  });

  test('that fails ends the state with the service\'s words', async () => {
    world.service.failExport(() => true, { statusCode: 'NO_SPACE', message: 'No space' });
    expect(await world.run('Machine')).toMatchObject({ status: 'FAILED', error: 'NO_SPACE', cause: expect.stringMatching(/^No space \(the export Export-[0-9a-f]{16} of arn:/) });
  });

  test('that takes too long ends the state, and goes on', async () => {
    world.service.settings.exportTime = 48 * HOUR;
    expect(await world.run('Machine')).toMatchObject({ status: 'FAILED', error: 'AudienceExportTimedOut' });
    expect(world.service.audienceExportJobs()[0].status).toBe('CREATE_IN_PROGRESS');
  });

  test.each([[true], [false]])('is found among others on later pages (unique names: %s)', async (exportNamesUnique) => {
    Object.assign(world.service.settings, { pageSize: 1, listLag: MINUTE, exportNamesUnique });
    let lost = 0;
    world.service.afterCall = async ({ operation }) => {
      if (operation === 'StartAudienceExportJob' && lost++ < 1) throw new ConnectionReset();
    };
    expect(outputOf(await world.run('Machine')).Status).toBe('ACTIVE');
    expect(world.service.exportsStarted).toHaveLength(1);
  });

  test.each(['ConflictException', 'ValidationException'] as const)('of a job that is not ACTIVE ends the state soon, with the service\'s answer: %s', async (inactiveGenerationJob) => {
    Object.assign(world.service.settings, { inactiveGenerationJob });
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'StartAudienceExportJob') for (const { generation } of world.service.audienceGenerationJobs()) generation.status = 'CREATE_IN_PROGRESS';
    };
    const began = world.clock.now();
    expect(await world.run('Machine')).toMatchObject({ status: 'FAILED', error: `CleanRoomsMl.${inactiveGenerationJob}` });
    expect(world.clock.now() - began).toBeLessThan(2 * HOUR);
  });

  test('whose start never gets an answer is given up with the error', async () => {
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'StartAudienceExportJob') throw new AwsError('InternalServerException', 'Oh', 500);
    };
    expect(await world.run('Machine')).toMatchObject({ status: 'FAILED', error: 'CleanRoomsMl.CleanRoomsMlException' });
    expect(world.service.calls.filter(({ operation }) => operation === 'StartAudienceExportJob')).toHaveLength(10);
  });
});
