import { awscdk, javascript } from 'projen';

/** The peer floor. Everything compiles against it; the tests run against it and against the newest. */
const CDK_FLOOR = '2.245.0';
const CDK_NEWEST = '2.276.0';

/** A jest project. ts-jest only strips types (`isolatedModules`); the `typecheck` task checks them once for all. */
function jestProject(displayName: string, tests: string[], moduleNameMapper: Record<string, string> = {}) {
  return {
    displayName,
    testMatch: tests.map((test) => `<rootDir>/${test}`),
    transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: 'test/tsconfig.json' }] },
    moduleNameMapper,
    clearMocks: true,
  };
}

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-cleanrooms-ml',
  description: 'AWS CDK L2 constructs for AWS Clean Rooms ML lookalike modelling',
  author: 'The cdk-cleanrooms-ml authors',
  authorAddress: 'cdk-cleanrooms-ml@users.noreply.github.com',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-cleanrooms-ml/cdk-cleanrooms-ml.git',
  homepage: 'https://github.com/cdk-cleanrooms-ml/cdk-cleanrooms-ml#readme',
  bugsUrl: 'https://github.com/cdk-cleanrooms-ml/cdk-cleanrooms-ml/issues',
  license: 'Apache-2.0',
  copyrightOwner: 'The cdk-cleanrooms-ml authors',
  keywords: ['aws-cdk', 'awscdk', 'cleanrooms', 'clean-rooms-ml', 'lookalike', 'custom-resource'],
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: '20.0.0',
  workflowNodeVersion: '20',
  projenrcTs: true,
  stability: 'experimental',

  cdkVersion: CDK_FLOOR,
  constructsVersion: '10.5.1',
  jsiiVersion: '~6.0.16',
  typescriptVersion: '~6.0.3',
  lambdaAutoDiscover: false,
  integrationTestAutoDiscover: false,
  sampleCode: false,
  githubOptions: { mergify: false },
  depsUpgrade: false,

  devDeps: [
    `aws-cdk-lib-newest@npm:aws-cdk-lib@${CDK_NEWEST}`,
    // The CLI's `latest` tag points at an old build that refuses today's assemblies.
    'aws-cdk@2.1148.1',
    // AGPL-3.0, and development only: it judges policies in local-aws/iam/evaluator.ts and is never published.
    '@cloud-copilot/iam-simulate@0.1.173',
    '@aws-sdk/client-cloudformation',
    '@aws-sdk/client-iam',
    '@aws-sdk/client-lambda',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-sfn',
    '@aws-sdk/core',
    '@smithy/core',
    '@smithy/node-http-handler',
    '@smithy/protocol-http',
    '@smithy/signature-v4',
    '@smithy/types',
    '@types/aws-lambda',
    'asl-validator',
    'aws-lambda-ric@4.0.2',
    'cdk-nag@^3.0.2',
    'esbuild',
    'fast-check',
    'fast-xml-parser',
    // The version that Step Functions implements.
    'jsonata@2.0.6',
    'jsonpath-plus',
    'tsx',
    'yauzl',
    '@types/yauzl',
    'yazl',
    '@types/yazl',
  ],

  // One root tsconfig for the library (jsii insists on its own settings), one for everything that is not published.
  tsconfigDev: {
    include: ['../.projenrc.ts', '../src/**/*.ts', '../lambda/**/*.ts', '../local-aws/**/*.ts', '../examples/**/*.ts', '../benchmarks/**/*.ts'],
    compilerOptions: { isolatedModules: true },
  },
  eslintOptions: {
    dirs: ['src', 'lambda', 'local-aws', 'examples', 'benchmarks'],
    devdirs: ['test', 'lambda', 'local-aws', 'examples', 'benchmarks'],
    commandOptions: { fix: false, extraArgs: ['--max-warnings=0'] },
  },
  jestOptions: {
    jestVersion: '^30',
    configFilePath: 'jest.config.json',
    junitReporting: false,
    passWithNoTests: false,
    // A snapshot that updates itself cannot fail: `npx jest --updateSnapshot` says that a change is meant.
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    jestConfig: {
      maxWorkers: 2,
      // It is there to end what hangs, also on a slow machine. How long something takes is for the benchmarks.
      testTimeout: 300_000,
      collectCoverage: false,
      projects: [
        jestProject('floor', ['test/*.test.ts']),
        jestProject('newest', ['test/*.test.ts', 'test/newest/**/*.test.ts'], { '^aws-cdk-lib((/.*)?)$': 'aws-cdk-lib-newest$1' }),
        jestProject('handlers', ['test/lambda/**/*.test.ts']),
        jestProject('local-aws', ['test/local-aws/**/*.test.ts']),
        jestProject('deploy', ['test/deploy/**/*.test.ts']),
        jestProject('histories', ['test/histories/**/*.test.ts']),
      ],
    },
  },

  gitignore: ['assets/', 'cdk.out/', '*.tsbuildinfo', '.local-aws/', '.DS_Store'],
});

for (const path of ['/docs/', '/lambda/', '/local-aws/', '/examples/', '/benchmarks/', '/.ci/', '/.npmrc', '/jest.config.json']) {
  project.npmignore?.exclude(path);
}

// The handlers ship as one prebuilt bundle, so that users need neither esbuild nor Docker.
const bundle = project.addTask('bundle', {
  description: 'Bundles the handlers into assets/handler',
  exec: [
    'esbuild lambda/index.ts --bundle --platform=node --target=node20 --format=cjs --charset=utf8',
    '--minify --external:@aws-sdk/* --legal-comments=none --log-level=warning --outfile=assets/handler/index.js',
  ].join(' '),
});
project.preCompileTask.spawn(bundle);

const typecheck = project.addTask('typecheck', {
  description: 'Checks the types of everything that jsii does not compile',
  exec: 'tsc --noEmit -p test/tsconfig.json',
});

// What a newcomer runs: `npm test` compiles, lints and runs all tests.
const compileFirst = [project.preCompileTask, project.compileTask, typecheck];
for (const task of compileFirst.reverse()) project.testTask.prependSpawn(task);

// Through plain JavaScript, so that an old Node.js gets a sentence instead of a syntax error.
project.setScript('demo', 'node local-aws/start.js demo');
project.setScript('local-aws', 'node local-aws/start.js cli');

project.setScript('histories', 'node --import tsx test/histories/cli.ts');
project.setScript('bench', 'node --import tsx benchmarks/bench.ts');

// The linter sees every file through the one tsconfig that includes them all.
const eslintConfig = project.tryFindObjectFile('.eslintrc.json');
eslintConfig?.addDeletionOverride('parserOptions.projectService');
eslintConfig?.addOverride('parserOptions.project', './test/tsconfig.json');
// The Lambda runtime provides it.
project.eslint?.addRules({ 'import/no-unresolved': ['error', { ignore: ['^@aws-sdk/client-cleanroomsml$'] }] });

// projen ignores all that is called logs; CloudWatch Logs is one of the embedded services.
project.gitignore.include('/local-aws/logs', '/test/local-aws/logs');

// cdk-nag 3 wants a CDK above our floor. Its tests run against the newest one (see jest.config.json).
// The native bindings of newer unrs-resolver releases cannot all be installed, and npm ci insists on every one.
project.package.addField('overrides', { 'unrs-resolver': '1.11.1', 'cdk-nag': { 'aws-cdk-lib': CDK_FLOOR } });

project.synth();
