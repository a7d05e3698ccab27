import { freescoutTemplate } from './freescout.ts';
import type { SystemTemplate } from './template.ts';

const customTemplate: SystemTemplate = {
  name: 'Custom Database',
  platform: 'custom',
  databaseType: 'postgresql',
  description: 'Flexible template for custom database structures',
  supportedTypes: ['customer_users', 'tickets', 'time_entries', 'agents', 'accounts'],
  queries: {},
};

/** The templates that are there from the first start, in the order they are listed. */
export const SYSTEM_TEMPLATES: readonly SystemTemplate[] = [freescoutTemplate, customTemplate];
