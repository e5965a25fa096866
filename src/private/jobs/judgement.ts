import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { jsonata } from './expressions';

export interface Standards {
  /** Of an audience of each size. */
  readonly minimumRelevance?: number;
  /** Of all of them together. */
  readonly minimumRecall?: number;
}

/**
 * Tells which of the wanted sizes are good enough, as `Judged`, and goes on with those; or elsewhere, if all are poor. Sizes of which nothing is
 * known are neither.
 */
export function judge(
  scope: Construct, { minimumRelevance, minimumRecall }: Standards, good: sfn.IChainable, poor: sfn.IChainable,
): sfn.IChainable {
  const isGood = [
    ...(minimumRecall === undefined ? [] : [`$recall >= ${minimumRecall}`]),
    ...(minimumRelevance === undefined ? [] : [`$score >= ${minimumRelevance}`]),
  ].join(' and ') || 'true';
  const isKnown = [
    ...(minimumRecall === undefined ? [] : ['$type($recall) = "number"']),
    ...(minimumRelevance === undefined ? [] : ['$type($score) = "number"']),
  ].join(' and ') || 'true';
  const verdict = sfn.Pass.jsonata(scope, 'Judge', {
    outputs: jsonata(`(
      $recall := $states.input.Generation.Recall;
      $merge([$states.input, { "Judged": [$map($states.input.Sizes, function($size) {(
        $score := $states.input.Generation.Relevance[AudienceSize.Type = $size.Type and AudienceSize.Value = $size.Value].Score;
        $known := ${isKnown};
        { "AudienceSize": $size, "IsKnown": $known, "IsGood": $known ? ${isGood} : false }
      )})] }])
    )`),
  });
  const unknown = sfn.Fail.jsonata(scope, 'Not to be judged', {
    error: 'QualityUnknown',
    cause: jsonata('"There are no metrics to judge the audience by. The owner of the configured audience model may not share them. The job is "'
      + ' & $states.input.Generation.AudienceGenerationJobArn'),
  });
  return verdict.next(sfn.Choice.jsonata(scope, 'Good enough?')
    .when(sfn.Condition.jsonata(jsonata('$count($states.input.Judged[IsKnown]) = 0')), unknown)
    .when(sfn.Condition.jsonata(jsonata('$count($states.input.Judged[IsKnown = false or IsGood]) = 0')), poor)
    .otherwise(good));
}
