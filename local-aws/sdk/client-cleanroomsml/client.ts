import {
  createDefaultUserAgentProvider, getHostHeaderPlugin, getLoggerPlugin, getRecursionDetectionPlugin, getUserAgentPlugin, resolveHostHeaderConfig,
  resolveUserAgentConfig,
} from '@aws-sdk/core/client';
import { AwsSdkSigV4Signer, resolveAwsSdkSigV4Config } from '@aws-sdk/core/httpAuthSchemes';
import { AwsRestJsonProtocol } from '@aws-sdk/core/protocols';
import { DefaultIdentityProviderConfig, getHttpAuthSchemeEndpointRuleSetPlugin, getHttpSigningPlugin, normalizeProvider } from '@smithy/core';
import { Sha256 } from '@smithy/core/checksum';
import { Client, NoOpLogger } from '@smithy/core/client';
import { loadConfig, NODE_REGION_CONFIG_OPTIONS, resolveRegionConfig } from '@smithy/core/config';
import { resolveEndpointConfig } from '@smithy/core/endpoints';
import { getContentLengthPlugin, parseUrl } from '@smithy/core/protocols';
import { DEFAULT_RETRY_MODE, getRetryPlugin, NODE_MAX_ATTEMPT_CONFIG_OPTIONS, resolveRetryConfig } from '@smithy/core/retry';
import { getSchemaSerdePlugin } from '@smithy/core/schema';
import { calculateBodyLength, fromBase64, fromUtf8, toBase64, toUtf8 } from '@smithy/core/serde';
import { NodeHttpHandler, NodeHttpHandlerOptions, streamCollector } from '@smithy/node-http-handler';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider, EndpointV2, HttpHandlerOptions, Logger, MetadataBearer } from '@smithy/types';
import { ERROR_REGISTRIES } from './schemas';
import { SERVICE } from '../../cleanroomsml/model';

/** The options that the handlers and tests use; the real client has more. */
export interface CleanRoomsMLClientConfig {
  readonly region?: string;
  readonly credentials?: AwsCredentialIdentity | AwsCredentialIdentityProvider;
  readonly endpoint?: string;
  readonly maxAttempts?: number;
  readonly requestHandler?: NodeHttpHandler | NodeHttpHandlerOptions;
  readonly logger?: Logger;
}

export interface EndpointParameters {
  readonly Endpoint?: string;
  readonly Region?: string;
}

const SIGV4 = 'aws.auth#sigv4';

type ResolvedConfig = ReturnType<typeof resolveConfig>;

/** Stands in for the client of `@aws-sdk/client-cleanroomsml`, made of the same parts. */
export class CleanRoomsMLClient extends Client<HttpHandlerOptions, object, MetadataBearer, ResolvedConfig> {
  readonly config: ResolvedConfig;

  constructor(configuration: CleanRoomsMLClientConfig = {}) {
    const config = resolveConfig(configuration);
    super(config);
    this.config = config;
    this.middlewareStack.use(getSchemaSerdePlugin(config));
    this.middlewareStack.use(getUserAgentPlugin(config));
    this.middlewareStack.use(getRetryPlugin(config));
    this.middlewareStack.use(getContentLengthPlugin(config));
    this.middlewareStack.use(getHostHeaderPlugin(config));
    this.middlewareStack.use(getLoggerPlugin(config));
    this.middlewareStack.use(getRecursionDetectionPlugin(config));
    this.middlewareStack.use(getHttpAuthSchemeEndpointRuleSetPlugin(config, {
      httpAuthSchemeParametersProvider: async ({ region }: ResolvedConfig) => ({ operation: '', region: await region() }),
      identityProviderConfigProvider: async ({ credentials }: ResolvedConfig) => new DefaultIdentityProviderConfig({ [SIGV4]: credentials }),
    }));
    this.middlewareStack.use(getHttpSigningPlugin(config));
  }
}

function resolveConfig(configuration: CleanRoomsMLClientConfig) {
  const defaults = {
    apiVersion: '2023-09-06',
    base64Decoder: fromBase64,
    base64Encoder: toBase64,
    bodyLengthChecker: calculateBodyLength,
    credentials: environmentCredentials,
    defaultSigningName: SERVICE.signingName,
    defaultUserAgentProvider: createDefaultUserAgentProvider({ serviceId: SERVICE.sdkId, clientVersion: '0.0.0' }),
    disableHostPrefix: false,
    endpointProvider,
    extensions: [],
    httpAuthSchemeProvider: ({ region }: { region: string }) => [{
      schemeId: SIGV4,
      signingProperties: { name: SERVICE.signingName, region },
      propertiesExtractor: (config: object, context: object) => ({ signingProperties: { config, context } }),
    }],
    httpAuthSchemes: [{
      schemeId: SIGV4,
      identityProvider: (config: DefaultIdentityProviderConfig) => config.getIdentityProvider(SIGV4),
      signer: new AwsSdkSigV4Signer(),
    }],
    logger: new NoOpLogger(),
    maxAttempts: loadConfig(NODE_MAX_ATTEMPT_CONFIG_OPTIONS),
    protocol: new AwsRestJsonProtocol({ defaultNamespace: SERVICE.namespace, errorTypeRegistries: ERROR_REGISTRIES }),
    region: loadConfig(NODE_REGION_CONFIG_OPTIONS),
    retryMode: DEFAULT_RETRY_MODE,
    runtime: 'node',
    serviceId: SERVICE.sdkId,
    sha256: Sha256,
    streamCollector,
    urlParser: parseUrl,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    utf8Decoder: fromUtf8,
    utf8Encoder: toUtf8,
  };
  const config = { ...defaults, ...configuration, requestHandler: NodeHttpHandler.create(configuration.requestHandler) };
  const resolved = resolveAwsSdkSigV4Config(
    resolveEndpointConfig(resolveHostHeaderConfig(resolveRegionConfig(resolveRetryConfig(resolveUserAgentConfig(config))))),
  );
  return Object.assign(resolved, { authSchemePreference: normalizeProvider([]) });
}

function endpointProvider({ Endpoint, Region }: EndpointParameters): EndpointV2 {
  return { url: new URL(Endpoint ?? `https://${SERVICE.signingName}.${Region}.amazonaws.com`), headers: {}, properties: {} };
}

/** Lambda, and everybody who runs the embedded AWS, has the credentials there. */
async function environmentCredentials(): Promise<AwsCredentialIdentity> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = process.env;
  if (!accessKeyId || !secretAccessKey) throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set');
  return { accessKeyId, secretAccessKey, sessionToken };
}
