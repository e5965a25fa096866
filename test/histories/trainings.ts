import type { Moment } from './deeds';
import type { Others } from './others';
import type { Tags } from '../../lambda/detail';
import { hashOf } from '../../lambda/tags';
import type { LocalAws } from '../../local-aws/local-aws';

export interface StartedTraining extends Moment {
  readonly name: string;
  /** Whether there was one already. */
  readonly alive: boolean;
  /** Whether there was one that could be used when the operation began. */
  readonly wasTrained: boolean;
  /** Whether whoever started it was not told: what others delete right then was never there for it. */
  readonly isLost: boolean;
}

/** Notes every training of ours that is started, and whether there was a model already. */
export class Trainings {
  readonly started: StartedTraining[] = [];
  /** Whether the answer to the call that is about to be made does not arrive. */
  answerIsLost = false;
  /** The models that can be used when an operation begins: their names and identities. */
  private trained: readonly string[] = [];
  private known = 0;

  constructor(private readonly service: LocalAws['cleanRoomsMl'], others: Others, now: () => Moment) {
    service.afterCall = ({ operation, input }) => {
      const { trainingsStarted } = service;
      if (operation !== 'CreateAudienceModel' || trainingsStarted.length === this.known) return;
      this.known = trainingsStarted.length;
      const { name, tags = {} } = input as { readonly name: string; readonly tags?: Record<string, string> };
      if (name.startsWith('theirs-')) return;
      const alive = service.audienceModels().filter((model) => model.name === name && !/FAILED|DELETE/.test(model.status));
      const wasTrained = this.trained.includes(identity({ name, tags })) && !others.deleted.has(name);
      this.started.push({ name, ...now(), alive: alive.length > 1, wasTrained, isLost: this.answerIsLost });
    };
  }

  operationBegins(): void {
    this.trained = this.service.audienceModels().filter(({ status }) => status === 'ACTIVE').map(identity);
  }
}

/** Who a model is: its name alone does not tell where the user gave it. */
function identity({ name, tags }: { readonly name: string; readonly tags: Tags }): string {
  return `${name} ${hashOf(tags)}`;
}
