import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Actor } from '../../src/domain/actor.ts';
import { DEFAULT_PERMISSIONS } from '../../src/domain/actor.ts';
import {
  requireFullRights,
  requireOwner,
  requirePermission,
  requireSuperAdmin,
  requireVisibleJob,
} from '../../src/domain/policy.ts';

function actor(role: Actor['role'], extra: Partial<Actor> = {}): Actor {
  return {
    userId: `${role}-id`,
    userNumber: 1,
    name: role,
    email: `${role}@example.com`,
    tenantId: 'tenant',
    tenantName: 'Tenant',
    role,
    permissions: DEFAULT_PERMISSIONS[role],
    superAdmin: false,
    ...extra,
  };
}

test('a permission that is missing is named', () => {
  requirePermission(actor('admin'), 'system.import');
  assert.throws(() => requirePermission(actor('admin'), 'system.configure'), {
    code: 'forbidden',
    message: 'This action needs the permission system.configure.',
    details: { permission: 'system.configure' },
  });
});

test('only an owner manages users, only a super admin tenants, and no restricted token either', () => {
  requireOwner(actor('owner'));
  requireSuperAdmin(actor('owner', { superAdmin: true }));
  assert.throws(() => requireOwner(actor('admin')), { code: 'forbidden' });
  assert.throws(() => requireSuperAdmin(actor('owner')), { code: 'forbidden' });
  assert.throws(() => requireOwner(actor('owner', { restricted: true })), { code: 'forbidden' });
  assert.throws(() => requireSuperAdmin(actor('owner', { superAdmin: true, restricted: true })), { code: 'forbidden' });
  assert.throws(() => requireFullRights(actor('owner', { restricted: true })), { code: 'forbidden' });
});

test('a job of another tenant does not exist, not even for a super admin', () => {
  const foreign = { tenantId: 'other', createdById: 'owner-id' };
  for (const who of [actor('owner', { superAdmin: true }), actor('admin'), actor('agent')]) {
    assert.throws(() => requireVisibleJob(who, foreign), { code: 'not_found', message: 'Import job not found' });
  }
});

test('an agent sees the jobs he started, owners and admins those of everybody', () => {
  const others = { tenantId: 'tenant', createdById: 'somebody' };
  requireVisibleJob(actor('owner'), others);
  requireVisibleJob(actor('admin'), others);
  requireVisibleJob(actor('agent'), { tenantId: 'tenant', createdById: 'agent-id' });
  assert.throws(() => requireVisibleJob(actor('agent'), others), { code: 'not_found' });
  assert.throws(() => requireVisibleJob(actor('agent'), { tenantId: 'tenant', createdById: null }), {
    code: 'not_found',
  });
});
