import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { companyUuid, contactUuid, uuidV5 } from '../../src/rows/directory-uuid.ts';

describe('the uuid of a company or contact', () => {
  test('is one of version 5, as RFC 9562 makes it', () => {
    assert.equal(
      uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com'),
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });

  test('is for ever the same', () => {
    const acme = { name: 'Acme Corporation', linkedin_url: 'https://linkedin.com/company/acme-corp' };
    assert.equal(companyUuid(acme), '266a653d-46e7-5f2d-968f-0945d6f6e6c5');
  });

  test('does not depend on case, blanks or how a letter is composed', () => {
    const john = contactUuid({
      first_name: 'Zoë',
      last_name: 'De la Cruz',
      linkedin_url: 'https://linkedin.com/in/zoe',
    });
    const same = { first_name: ' ZOE\u0308', last_name: 'de  la cruz', linkedin_url: 'HTTPS://LinkedIn.com/in/zoe ' };
    assert.equal(contactUuid(same), john);
  });

  test('tells apart what only reads the same when it is put together', () => {
    const [a, b] = [
      contactUuid({ first_name: 'ab', last_name: 'c' }),
      contactUuid({ first_name: 'a', last_name: 'bc' }),
    ];
    assert.notEqual(a, b);
    assert.notEqual(companyUuid({ name: 'ab' }), contactUuid({ first_name: 'ab' }));
  });

  test('is the one that was given, of any version, where one was', () => {
    const uuid = 'C3D4E5F6-A7B8-9012-CDEF-123456789012';
    assert.equal(contactUuid({ uuid, first_name: 'John' }), uuid.toLowerCase());
    assert.equal(companyUuid({ uuid: '', name: 'Acme' }), companyUuid({ name: 'acme' }));
  });

  test('is none where nothing identifies it', () => {
    assert.equal(companyUuid({ name: ' ' }), null);
    assert.equal(contactUuid({}), null);
  });
});
