import { Clock } from '../clock';
import { Accounts } from './accounts';
import { usersIn } from './audience-sizes';
import { Inaccessible, obstacleTo } from './inaccessible';
import { enter, Mishaps } from './lifecycle';
import { Settings } from './settings';
import { Export } from './state';

/** @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/clean-rooms-ml-quotas.html */
const MIN_USERS = 10_000;

/** What happens to an audience export job while time passes. */
export class Exporting {
  readonly failures = new Mishaps<Export>();

  constructor(private readonly clock: Clock, private readonly settings: Settings, private readonly accounts: Accounts) {}

  async export(work: Export): Promise<void> {
    await this.clock.sleep(this.settings.exportQueueTime);
    enter(work, 'CREATE_IN_PROGRESS', this.clock);
    const failed = await obstacleTo(this.work(work));
    enter(work, failed ? 'CREATE_FAILED' : 'ACTIVE', this.clock, failed);
  }

  private async work(work: Export): Promise<void> {
    const { trainedUsers } = this.settings;
    const users = usersIn(work.request.audienceSize, trainedUsers);
    if (users < MIN_USERS) throw new Inaccessible('AUDIENCE_TOO_SMALL', `The audience has ${users} users, but at least ${MIN_USERS} are needed`);
    if (users > trainedUsers) throw new Inaccessible('AUDIENCE_TOO_LARGE', `The audience has ${users} users, but the model was trained with ${trainedUsers}`);
    await this.clock.sleep(this.settings.exportTime);
    const mishap = this.failures.find(work);
    if (mishap) throw new Inaccessible(mishap.statusCode, mishap.message);
    work.outputLocation = await this.clock.busy(() => this.write(work));
  }

  /** Whoever exports, the owner of the configured audience model gets the users. Neither the layout nor the format is documented. */
  private async write({ name, generation }: Export): Promise<string> {
    const { arn, outputConfig } = generation.model;
    const owner = this.accounts.whoSees(generation).find(({ account }) => account.accountId === generation.ownedBy);
    if (!owner) throw new Error(`The owner of ${arn} is not known here`);
    return owner.dataAccess.exportAudience(arn, outputConfig, {
      folder: `${generation.id}/${name}`, name: 'part-00000.csv', body: Buffer.from('user_id\n'),
    });
  }
}
