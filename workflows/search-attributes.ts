import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** By these a job's workflow is found in Temporal's UI and by its command line. */
export const TENANT_ATTRIBUTE = defineSearchAttributeKey('LadingTenant', SearchAttributeType.KEYWORD);
export const KIND_ATTRIBUTE = defineSearchAttributeKey('LadingKind', SearchAttributeType.KEYWORD);
export const PROFILE_ATTRIBUTE = defineSearchAttributeKey('LadingProfile', SearchAttributeType.KEYWORD);
/** Temporal's own: when a run of a schedule was due. */
export const SCHEDULED_START_ATTRIBUTE = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);
export const STATUS_ATTRIBUTE = defineSearchAttributeKey('LadingStatus', SearchAttributeType.KEYWORD);
