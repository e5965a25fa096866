import { Duration } from 'aws-cdk-lib';
import { Validator } from './faults';

export const retrainingWindow = wholeDuration('hours', Duration.days(1), Duration.days(36_500));
export const retrainingTimeout = wholeDuration('minutes', Duration.hours(1), Duration.days(5));

/** What a definition can hold: a whole number of these, known at synthesis. */
function wholeDuration(unit: 'hours' | 'minutes', shortest: Duration, longest: Duration): Validator<Duration> {
  const seconds = unit === 'hours' ? 3_600 : 60;
  return (duration) => {
    if (duration === undefined) return [];
    const isKnown = duration instanceof Duration && !duration.isUnresolved();
    const length = isKnown ? duration.toSeconds({ integral: false }) : NaN;
    return length >= shortest.toSeconds() && length <= longest.toSeconds() && length % seconds === 0
      ? []
      : [`it must be a Duration of whole ${unit} from ${shortest.toHumanString()} to ${longest.toHumanString()} that is known at synthesis`];
  };
}
