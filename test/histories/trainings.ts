import type { Moment } from './deeds';
import type { Others } from './others';
import type { Tags } from '../../lambda/detail';
import { hashOf } from '../../lambda/tags';
import type { CallFault, FunctionCall } from '../../local-aws/lambda/in-process/surroundings';
import type { LocalAws } from '../../local-aws/local-aws';

export interface StartedTraining extends Moment {
  readonly name: string;
  /** Whether there was one already. */
  readonly alive: boolean;
  /** Whether there was one that could be used when the operation began. */
  readonly wasTrained: boolean;
  /** The invocation in which it was started. */
  readonly invocation: string;
}

/** Notes every training of ours that is started, and whether there was a model already. */
export class Trainings {
  readonly started: StartedTraining[] = [];
  /** The one that is about to make a call. */
  private invocation = '';
  /** Invocations that cannot tell what they started: what others delete right then was never there for whoever goes on. */
  private readonly mute = new Set<string>();
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
      this.started.push({ name, ...now(), alive: alive.length > 1, wasTrained, invocation: this.invocation });
    };
  }

  /** A function is about to make a call. */
  note({ invocation: { requestId }, operation }: FunctionCall, fault: CallFault | undefined): void {
    const isCreation = operation === 'CreateAudienceModel';
    if (isCreation) this.invocation = requestId;
    if (fault?.startsWith('killed') || (isCreation && fault?.endsWith('-after'))) this.mute.add(requestId);
  }

  isUntold({ invocation }: StartedTraining): boolean {
    return this.mute.has(invocation);
  }

  operationBegins(): void {
    this.trained = this.service.audienceModels().filter(({ status }) => status === 'ACTIVE').map(identity);
  }
}

/** Who a model is: its name alone does not tell where the user gave it. */
function identity({ name, tags }: { readonly name: string; readonly tags: Tags }): string {
  return `${name} ${hashOf(tags)}`;
}
