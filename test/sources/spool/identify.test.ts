import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identifyFile, refuseKind } from '../../../src/sources/spool/identify.ts';

test('a file is known by its first bytes', () => {
  const files: Readonly<Record<string, string | Buffer>> = {
    zip: 'PK\u0003\u0004',
    gzip: Buffer.from('1f8b08', 'hex'),
    compound: Buffer.from('d0cf11e0a1b11ae1', 'hex'),
    pdf: '%PDF-1.7',
    html: '\ufeff \n<!DOCTYPE html>',
    xml: '<?xml version="1.0"?>',
    rtf: '{\\rtf1',
    bzip2: Buffer.from('BZh91AY&SY', 'latin1'),
    '7z': Buffer.from('377abcaf271c', 'hex'),
    json: '\n [ {"a": 1}]',
    empty: '',
    text: 'name,amount\n',
  };
  for (const [kind, start] of Object.entries(files)) assert.equal(identifyFile(Buffer.from(start)), kind);
});

test('JSON and web pages are known in UTF-16, too', () => {
  for (const mark of ['', '\ufeff']) {
    const little = (text: string): Buffer => Buffer.from(mark + text, 'utf16le');
    assert.equal(identifyFile(little('[ {"a":1}]')), 'json');
    assert.equal(identifyFile(little('{"a":1}').swap16()), 'json');
    assert.equal(identifyFile(little('<html>')), 'html');
    assert.equal(identifyFile(little('a,b\n')), 'text');
  }
});

test('a CSV may begin like something else', () => {
  for (const start of [
    'BZh,name\n',
    '[id],name\n',
    '{x},y\n',
    '%PD,1\n',
    '<a>,<b>\n',
    '<header>,x\n',
    '[1],2\n',
    'PK,1\n',
    '"[1]",2\n',
  ]) {
    assert.equal(identifyFile(Buffer.from(start)), 'text', start);
  }
});

test('what cannot be a table is refused by its name', () => {
  assert.equal(refuseKind('rar').message, 'This is a RAR archive, which is not read: save it as .xlsx, CSV or JSON.');
});
