import type { DomainEvent, JobProgress } from '../domain/event.ts';
import type { Delivery, DialectEvents } from '../dialects/events.ts';
import type { Topic } from '../engine/events/topic.ts';

/** All dialects as one: what each says of an event, in their order. */
export interface Translator {
  ofEvent(event: DomainEvent): readonly Delivery[];
  ofProgress(progress: JobProgress, now: Date): readonly Delivery[];
  topicOf(channel: string): Topic | null;
}

/** Translates into every dialect; an event that many sockets hear of is translated once. */
export function createTranslator(dialects: readonly DialectEvents[]): Translator {
  const told = new WeakMap<DomainEvent, readonly Delivery[]>();
  return {
    ofEvent(event) {
      const deliveries = told.get(event) ?? dialects.flatMap((dialect) => dialect.ofEvent(event));
      told.set(event, deliveries);
      return deliveries;
    },
    ofProgress: (progress, now) => dialects.flatMap((dialect) => dialect.ofProgress(progress, now)),
    topicOf(channel) {
      for (const dialect of dialects) {
        const topic = dialect.topicOf(channel);
        if (topic !== null) return topic;
      }
      return null;
    },
  };
}
