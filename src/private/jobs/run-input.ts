import { literal } from './expressions';
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
const MAX_SIZES = 25;
const LARGEST = { [AudienceSizeType.PERCENTAGE]: 100, [AudienceSizeType.ABSOLUTE]: 20_000_000 };
const ADVICE = 'see the documentation of LookalikeAudience';

/** An expression that yields what is wrong with the input of an execution: a list of sentences, empty if it is right. */
export function inputFaults(defaults: RunDefaults): string {
  return `(
    $input := $states.context.Execution.Input;
    $shown := function($value) {(
      $text := $string($value);
      $length($text) > 100 ? $substring($text, 0, 100) & "…" : $text
    )};
    $isName := function($value, $longest) { $type($value) = "string" ? $length($trim($value)) > 0 and $length($value) <= $longest : false };
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
      $exists($input.jobName) and $not($isName($input.jobName, ${defaults.longestJobName}))
        ? "jobName is " & $shown($input.jobName) & ", but must be a string of 1 to ${defaults.longestJobName} characters that is not blank." : [],
      $exists($input.exportName) and $not($isName($input.exportName, ${defaults.longestExportName}))
        ? "exportName is " & $shown($input.exportName) & ", but must be a string of 1 to ${defaults.longestExportName} characters that is not blank." : [],
      ${seedFault(defaults)},
      $exists($input.sizes) and ($type($input.sizes) = "array" ? $count($input.sizes) < 1 or $count($input.sizes) > ${MAX_SIZES} : true)
        ? "sizes is " & $shown($input.sizes) & ", but must be a list of 1 to ${MAX_SIZES} sizes." : [],
      $type($input.sizes) = "array" ? [
        $filter($input.sizes, function($size) { $not($isSize($size)) }).(
          "sizes holds " & $shown($) & ", but a size must look like {\\"type\\":\\"PERCENTAGE\\",\\"value\\":5} or {\\"type\\":\\"ABSOLUTE\\",\\"value\\":10000}."
        ),
        $count($distinct($input.sizes)) < $count($input.sizes) ? "sizes holds the same size twice." : []${offered(defaults)}
      ] : []
    ]
  )`;
}

/** The seed of an execution is of the same kind as the one of the construct, because the role's permissions are. */
function seedFault({ seedAudience }: RunDefaults): string {
  const [isRight, form] = 'DataSource' in seedAudience
    ? ['$type($input.seed) = "string" ? $substring($input.seed, 0, 5) = "s3://" and $length($input.seed) > 5 and $length($input.seed) <= 1285 : false',
      'an S3 URI such as s3://bucket/key']
    : ['$type($input.seed) = "object" ? $count($keys($input.seed)[$not($ in ["analysisTemplateArn", "parameters", "queryString"])]) = 0'
      + ' and $count($keys($input.seed)[$ in ["analysisTemplateArn", "queryString"]]) <= 1 : false',
    'an object with parameters, queryString or analysisTemplateArn'];
  return `$exists($input.seed) and $not(${isRight}) ? "seed is " & $shown($input.seed) & ", but must be ${form}." : []`;
}

function offered({ offeredSizes }: RunDefaults): string {
  if (offeredSizes === undefined) return '';
  const labels = offeredSizes.map(({ Type, Value }) => `${Type}-${Value}`);
  return `,
        $filter($input.sizes, function($size) { $isSize($size) and $not($size.type & "-" & $size.value in ${JSON.stringify(labels)}) }).(
          "sizes holds " & $shown($) & ", which the configured audience model does not offer."
        )`;
}

/** An expression that yields what an execution is to do: `Seed`, `Sizes`, `JobName` and `ExportName`. */
export function plannedRun({ seedAudience, sizes, jobName, exportName }: RunDefaults): string {
  return `(
    $input := $states.context.Execution.Input;
    {
      "Seed": ${seed(seedAudience)},
      "Sizes": $exists($input.sizes) ? [$input.sizes.{ "Type": type, "Value": value }] : ${JSON.stringify(sizes)},
      "JobName": $exists($input.jobName) ? $input.jobName : ${literal(jobName)},
      "ExportName": $exists($input.exportName) ? $input.exportName : ${literal(exportName)}
    }
  )`;
}

function seed(seedAudience: { readonly [name: string]: unknown }): string {
  const given = JSON.stringify(seedAudience);
  if ('DataSource' in seedAudience) return `$exists($input.seed) ? { "DataSource": { "S3Uri": $input.seed } } : ${given}`;
  return `(
        $given := ${given};
        $asked := $exists($input.seed) ? $input.seed : {};
        $query := $exists($asked.queryString) or $exists($asked.analysisTemplateArn) ? $asked : {
          "queryString": $given.SqlParameters.QueryString, "analysisTemplateArn": $given.SqlParameters.AnalysisTemplateArn
        };
        $merge([$given, { "SqlParameters": {
          "QueryString": $query.queryString,
          "AnalysisTemplateArn": $query.analysisTemplateArn,
          "Parameters": $exists($asked.parameters) ? $asked.parameters : $given.SqlParameters.Parameters
        } }])
      )`;
}
