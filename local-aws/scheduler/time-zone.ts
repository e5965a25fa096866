import { AwsError } from '../aws';

const DAY = 24 * 3_600_000;

/** A time zone of the IANA database. What its wall clocks show is written as if it were UTC. */
export class TimeZone {
  private readonly format: Intl.DateTimeFormat;

  constructor(name: string) {
    try {
      this.format = new Intl.DateTimeFormat('en-US', {
        timeZone: name, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
      });
    } catch {
      throw new AwsError('ValidationException', `Invalid Schedule Expression Timezone ${name}.`);
    }
  }

  wallClock(time: number): number {
    const fields = Object.fromEntries(this.format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const milliseconds = ((time % 1000) + 1000) % 1000;
    return Date.UTC(fields.year, fields.month - 1, fields.day, fields.hour, fields.minute, fields.second, milliseconds);
  }

  /** When the wall clocks first show this; never, if they are put forward over it. */
  moment(wallClock: number): number | undefined {
    const offsets = [wallClock - DAY, wallClock + DAY].map((near) => this.wallClock(near) - near);
    return offsets.map((offset) => wallClock - offset).sort((a, b) => a - b).find((time) => this.wallClock(time) === wallClock);
  }
}
