import { jsonata } from './expressions';
import { AudienceSizeType } from '../../audience-size-config';

export interface Size {
  readonly Type: string;
  readonly Value: number;
}

/** What an execution does where its input says nothing else. */
export interface RunDefaults {
  /** As the API takes it, but for the role. */
  readonly seedAudience: { readonly [name: string]: unknown };
  readonly sizes: readonly Size[];
  /** The sizes that the configured audience model offers, as far as that is known. */
  readonly offeredSizes?: readonly Size[];
  readonly jobName: string;
  readonly exportName: string;
  readonly longestJobName: number;
  readonly longestExportName: number;
}

const FIELDS = ['exportName', 'jobName', 'seed', 'sizes'];
const SEED_FIELDS = ['analysisTemplateArn', 'parameters', 'queryString'];
const MAX_SIZES = 25;
const LARGEST = { [AudienceSizeType.PERCENTAGE]: 100, [AudienceSizeType.ABSOLUTE]: 20_000_000 };
const ADVICE = 'see the documentation of LookalikeAudience';

/**
 * What an execution knows in the beginning: what is wrong with its input, a list of sentences, and what it does where the input says nothing.
 * The latter is data and no part of an expression, since there is no telling which quotes are in what only deployment knows.
 */
export function readInput(defaults: RunDefaults): { readonly [name: string]: unknown } {
  const { seedAudience, sizes, jobName, exportName } = defaults;
  return { Faults: jsonata(inputFaults(defaults)), Seed: seedAudience, Sizes: sizes, JobName: jobName, ExportName: exportName };
}

/** An expression that yields what is wrong with the input of an execution. */
function inputFaults(defaults: RunDefaults): string {
  return `(
    $input := $states.context.Execution.Input;
    $shown := function($value) {(
      $text := $string($value);
      $length($text) > 100 ? $substring($text, 0, 100) & "…" : $text
    )};
    $isText := function($value, $shortest, $longest) {
      $type($value) = "string" ? $length($value) >= $shortest and $length($value) <= $longest : false
    };
    $isName := function($value, $longest) {
      $isText($value, 1, $longest) ? $trim($value) != "" and $contains($value, /^[\\u0020-\\uD7FF\\uE000-\\uFFFD\\t]+$/) : false
    };
    $isSize := function($size) {
      $type($size) = "object" ? (
        $largest := $lookup(${JSON.stringify(LARGEST)}, $type($size.type) = "string" ? $size.type : "");
        $exists($largest) and $type($size.value) = "number" and $count($keys($size)) = 2
          ? $size.value = $floor($size.value) and $size.value >= 1 and $size.value <= $largest : false
      ) : false
    };
    $type($input) != "object" ? ["The input must be an object; ${ADVICE}."] : [
      $filter($keys($input), function($key) { $not($key in ${JSON.stringify(FIELDS)}) }).(
        "The input has the field " & $string($) & ", but may have only ${FIELDS.join(', ')}; ${ADVICE}."
      ),
      ${nameFault('jobName', defaults.longestJobName)},
      ${nameFault('exportName', defaults.longestExportName)},
      ${seedFault(defaults)},
      $exists($input.sizes) and ($type($input.sizes) = "array" ? $count($input.sizes) < 1 or $count($input.sizes) > ${MAX_SIZES} : true)
        ? "sizes is " & $shown($input.sizes) & ", but must be a list of 1 to ${MAX_SIZES} sizes." : [],
      $type($input.sizes) = "array" ? [
        $filter($input.sizes, function($size) { $not($isSize($size)) }).(
          "sizes holds " & $shown($) & ", but a size must look like {\\"type\\":\\"PERCENTAGE\\",\\"value\\":5} or {\\"type\\":\\"ABSOLUTE\\",\\"value\\":10000}."
        ),
        $count($distinct($input.sizes)) < $count($input.sizes) ? "sizes holds the same size twice." : []${notOffered(defaults)}
      ] : []
    ]
  )`;
}

function nameFault(field: string, longest: number): string {
  return `$exists($input.${field}) and $not($isName($input.${field}, ${longest})) ? "${field} is " & $shown($input.${field})
        & ", but must be a string of 1 to ${longest} characters that is not blank and holds no line break, control character or emoji." : []`;
}

/** The seed of an execution is of the same kind as the one of the construct, because the role's permissions are. */
function seedFault({ seedAudience }: RunDefaults): string {
  const [isRight, form] = 'DataSource' in seedAudience
    ? ['$isText($input.seed, 6, 1285) ? $substring($input.seed, 0, 5) = "s3://" : false', 'an S3 URI such as s3://bucket/key']
    : [
      `$type($input.seed) = "object" ? (
        $seed := $input.seed;
        $names := [$keys($seed)];
        $parameters := $seed.parameters;
        $count($filter($names, function($name) { $not($name in ${JSON.stringify(SEED_FIELDS)}) })) = 0
          and $not($exists($seed.queryString) and $exists($seed.analysisTemplateArn))
          and ($exists($seed.queryString) ? $isText($seed.queryString, 1, 500000) : true)
          and ($exists($seed.analysisTemplateArn) ? ($isText($seed.analysisTemplateArn, 20, 200) ? $substring($seed.analysisTemplateArn, 0, 4) = "arn:" : false) : true)
          and ($exists($parameters) ? ($type($parameters) = "object" ? $count($filter([$keys($parameters)], function($name) {
            $not($isText($lookup($parameters, $name), 0, 1000) and $contains($name, /^[0-9a-zA-Z_]{1,100}$/))
          })) = 0 : false) : true)
      ) : false`,
      'an object with a text for queryString or analysisTemplateArn, or neither, and texts of at most 1,000 characters for parameters',
    ];
  return `$exists($input.seed) and $not(${isRight}) ? "seed is " & $shown($input.seed) & ", but must be ${form}." : []`;
}

function notOffered({ offeredSizes }: RunDefaults): string {
  if (offeredSizes === undefined) return '';
  const labels = offeredSizes.map(({ Type, Value }) => `${Type}-${Value}`);
  return `,
        $filter($input.sizes, function($size) { $isSize($size) and $not($size.type & "-" & $size.value in ${JSON.stringify(labels)}) }).(
          "sizes holds " & $shown($) & ", which the configured audience model does not offer."
        )`;
}

/** An expression that yields what an execution is to do: what it knows in the beginning, but for what its input says. */
export function plannedRun({ seedAudience }: RunDefaults): string {
  return `(
    $input := $states.context.Execution.Input;
    $given := $states.input;
    {
      "Seed": ${'DataSource' in seedAudience ? S3_SEED : QUERY_SEED},
      "Sizes": $exists($input.sizes) ? [$input.sizes.{ "Type": type, "Value": value }] : $given.Sizes,
      "JobName": $exists($input.jobName) ? $input.jobName : $given.JobName,
      "ExportName": $exists($input.exportName) ? $input.exportName : $given.ExportName
    }
  )`;
}

const S3_SEED = '$exists($input.seed) ? { "DataSource": { "S3Uri": $input.seed } } : $given.Seed';

const QUERY_SEED = `(
        $asked := $exists($input.seed) ? $input.seed : {};
        $query := $exists($asked.queryString) or $exists($asked.analysisTemplateArn) ? $asked : {
          "queryString": $given.Seed.SqlParameters.QueryString, "analysisTemplateArn": $given.Seed.SqlParameters.AnalysisTemplateArn
        };
        $merge([$given.Seed, { "SqlParameters": {
          "QueryString": $query.queryString,
          "AnalysisTemplateArn": $query.analysisTemplateArn,
          "Parameters": $exists($asked.parameters) ? $asked.parameters : $given.Seed.SqlParameters.Parameters
        } }])
      )`;
