import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { spoolXlsx } from '../../../../src/sources/spool/xlsx/spool-xlsx.ts';
import { SHEET_END, SHEET_START, textRow, xlsxFile } from '../../../support/xlsx-file.ts';
import type { XlsxContent } from '../../../support/xlsx-file.ts';
import { zipFile } from '../../../support/zip-file.ts';
import type { ZipPart } from '../../../support/zip-file.ts';
import { SPOOL_OPTIONS, chunksOf, readTable, refusal } from '../spooling.ts';

const MIB = 2 ** 20;
/** No attack may take longer than this to be refused. */
const timeout = 10_000;
const SHEET = 'xl/worksheets/sheet1.xml';

async function reasonOf(file: Buffer): Promise<unknown> {
  const { code, reason } = await refusal(readTable(spoolXlsx(chunksOf(file, MIB), SPOOL_OPTIONS)));
  return reason ?? code;
}

/** Of a workbook with these parts in place of its own. */
function withParts(...parts: readonly ZipPart[]): Promise<unknown> {
  return reasonOf(xlsxFile({ sheets: [{ rows: textRow('a') }], parts }));
}

function withRows(rows: string, more: Partial<XlsxContent> = {}): Promise<unknown> {
  return reasonOf(xlsxFile({ sheets: [{ rows }], ...more }));
}

describe('a workbook that unpacks to far more than it is', () => {
  const blanks = ' '.repeat(70 * MIB);

  test('is refused by the sizes in its directory', { timeout }, async () => {
    assert.equal(await withParts({ name: SHEET, data: blanks }), 'suspicious');
    assert.equal(await withParts({ name: 'xl/media/unused.png', data: blanks }), 'suspicious');
  });

  test('is refused when the directory says less than there is', { timeout }, async () => {
    assert.equal(await withParts({ name: SHEET, data: blanks, claims: { unpacked: 5000 } }), 'damaged');
  });

  test('is refused when entries share their bytes', { timeout }, async () => {
    const parts = ['xl/workbook.xml', SHEET, 'a', 'b'].map((name) => ({ name, data: 'x'.repeat(1000) }));
    assert.equal(await reasonOf(zipFile(parts, { overlap: true })), 'suspicious');
  });

  test('is refused when it has more entries than any', { timeout }, async () => {
    const parts = Array.from({ length: 10_001 }, (_, index) => ({ name: `x/${index}`, data: '', stored: true }));
    assert.equal(await withParts(...parts), 'too_large');
  });

  test('is refused when its names, references or styles have no end', { timeout }, async () => {
    const long = Array.from({ length: 300 }, (_, n) => ({ name: `${n}${'x'.repeat(60_000)}`, data: '', stored: true }));
    const reference = '<Relationship Id="s" Type="t/worksheet" Target="x"/>';
    const relationships = `<Relationships>${reference.repeat(100_001)}</Relationships>`;
    const styles = `<styleSheet><cellXfs>${'<xf numFmtId="14"/>'.repeat(1_000_001)}</cellXfs></styleSheet>`;
    assert.deepEqual(
      [
        await withParts(...long),
        await withParts({ name: 'xl/_rels/workbook.xml.rels', data: relationships }),
        await withParts({ name: 'xl/styles.xml', data: styles }),
      ],
      ['too_large', 'too_large', 'too_large'],
    );
  });

  test('is refused when a long text is shared by a great many cells', { timeout }, async () => {
    const cell = '<c t="s"><v>0</v></c>';
    const rows = `${textRow('a', 'b')}${`<row>${cell.repeat(10)}</row>`.repeat(20_000)}`;
    assert.equal(await withRows(rows, { strings: `<si><t>${'x'.repeat(32_767)}</t></si>` }), 'suspicious');
  });

  test('is refused when one row refers to long texts in every column', { timeout }, async () => {
    const rows = `${textRow('a')}<row>${'<c t="s"><v>0</v></c>'.repeat(16_384)}</row>`;
    assert.equal(await withRows(rows, { strings: `<si><t>${'x'.repeat(32_767)}</t></si>` }), 'too_large');
  });

  test('is refused when its rows have nothing but a cell in the last column', { timeout }, async () => {
    assert.equal(await withRows(textRow('a') + '<row><c r="XFD1"><v>1</v></c></row>'.repeat(20_000)), 'suspicious');
  });
});

describe('a workbook that is to fill the memory', () => {
  const cells: Readonly<Record<string, string>> = {
    'formulas without a result': '<c r="A1"><f/></c>',
    errors: '<c r="A1" t="e"><v>#</v></c>',
    numbers: '<c r="A1"><v>1</v></c>',
  };
  for (const [name, cell] of Object.entries(cells)) {
    test(`is refused when a row has ${name} without end in one place`, { timeout }, async () => {
      assert.equal(await withRows(`${textRow('a')}<row>${cell.repeat(20_000)}</row>`), 'damaged');
    });
  }

  test('is told of errors in its cells by their beginnings', { timeout }, async () => {
    const cell = `<c r="A2" t="e"><v>${'"'.repeat(3_500_000)}</v></c>`;
    const file = xlsxFile({ sheets: [{ rows: `${textRow('a')}<row>${cell.repeat(4)}</row>` }] });
    const { issues } = await readTable(spoolXlsx(chunksOf(file, MIB), SPOOL_OPTIONS));
    assert.deepEqual(
      issues[0]?.map(({ message }) => message),
      Array(4).fill(`A2: The cell holds the error ${'"'.repeat(99)}….`),
    );
  });

  test('is refused when names of elements, sheets or formats have no end', { timeout }, async () => {
    const name = (n: number, length: number): string => `${n}${'x'.repeat(length)}`;
    const many = (length: number, make: (text: string) => string): string =>
      Array.from({ length: 35 }, (_, n) => make(name(n, length))).join('');
    const sheets = `<workbook><sheets>${many(MIB, (text) => `<sheet name="${text}"/>`)}</sheets></workbook>`;
    const formats = `<styleSheet>${many(MIB, (text) => `<numFmt numFmtId="9" formatCode="${text}"/>`)}</styleSheet>`;
    assert.deepEqual(
      [
        await withRows(`${textRow('a')}<row>${many(10_000, (text) => `<a${text}/>`)}</row>`),
        await withParts({ name: 'xl/workbook.xml', data: sheets }),
        await withParts({ name: 'xl/styles.xml', data: formats }),
      ],
      ['damaged', 'too_large', 'too_large'],
    );
  });
});

describe('a part that is no honest XML', () => {
  const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
  const types: Readonly<Record<string, string>> = {
    'a billion laughs': `<!DOCTYPE x [<!ENTITY l0 "ha">${laughs}]>`,
    'a quadratic blow-up': `<!DOCTYPE x [<!ENTITY l9 "${'ha'.repeat(50_000)}">]>`,
    'an external entity': '<!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
    'an entity of the network': '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
    'an external document type': '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
  };
  for (const [name, type] of Object.entries(types)) {
    test(`${name} is refused`, { timeout }, async () => {
      const sheet = `${type}${SHEET_START}<row><c t="inlineStr"><is><t>&l9;</t></is></c></row>${SHEET_END}`;
      assert.equal(await withParts({ name: SHEET, data: sheet }), 'suspicious');
    });
  }

  test('a document type is refused in every part and encoding', { timeout }, async () => {
    const type = '<!DOCTYPE x [<!ENTITY e "x">]>';
    const sixteen = `\ufeff<?xml version="1.0" encoding="UTF-16"?>${type}${SHEET_START}${SHEET_END}`;
    const parts: readonly ZipPart[] = [
      { name: SHEET, data: Buffer.from(sixteen, 'utf16le') },
      { name: 'xl/sharedStrings.xml', data: `${type}<sst><si><t>&e;</t></si></sst>` },
      { name: 'xl/styles.xml', data: `${type}<styleSheet/>` },
      { name: 'xl/workbook.xml', data: `${type}<workbook/>` },
      { name: '_rels/.rels', data: `${type}<Relationships/>` },
    ];
    for (const part of parts) assert.equal(await withParts(part), 'suspicious', part.name);
  });

  const broken: Readonly<Record<string, string>> = {
    'an entity that nobody declared': '<row><c t="inlineStr"><is><t>&xxe;</t></is></c></row>',
    'an entity named as a property of objects': '<row><c t="inlineStr"><is><t>&constructor;</t></is></c></row>',
    'elements deep in each other': '<a>'.repeat(1_000_000),
    'an attribute without end': `<row x="${'y'.repeat(8 * MIB)}`,
    'a tag without end': `<${'y'.repeat(8 * MIB)}`,
    'a comment without end': `<!--${'y'.repeat(8 * MIB)}`,
    'attributes without end': `<row ${Array.from({ length: 50_000 }, (_, n) => `a${n}=""`).join(' ')}/>`,
    'a text without end': `<row><c><v>${'1'.repeat(8 * MIB)}</v></c></row>`,
    'a column beyond the last': '<row><c r="XFE1"><v>1</v></c></row>',
    'a row that is no number': '<row r="-1"><c><v>1</v></c></row>',
    'an element that is not closed': '<row><c><v>1</v></row>',
    'a control character': '<row><c><v>\u0001</v></c></row>',
  };
  for (const [name, rows] of Object.entries(broken)) {
    test(`${name} is refused`, { timeout }, async () => {
      assert.equal(await withRows(rows), 'damaged');
    });
  }

  test('bytes that are no UTF-8 are refused', { timeout }, async () => {
    const data = Buffer.from(`${SHEET_START}${textRow('caf\u00e9')}${SHEET_END}`, 'latin1');
    assert.equal(await withParts({ name: SHEET, data }), 'damaged');
  });
});

test('a part that is to be fetched from elsewhere is not', { timeout }, async () => {
  const target = (attributes: string): ZipPart => ({
    name: 'xl/_rels/workbook.xml.rels',
    data: `<Relationships><Relationship Id="s1" Type="x/worksheet" ${attributes}/></Relationships>`,
  });
  assert.deepEqual(
    [
      await withParts(target('Target="http://127.0.0.1:9/x.xml" TargetMode="External"')),
      await withParts(target('Target="../../../../../../etc/passwd"')),
      await withParts(target('Target="file:///etc/passwd"')),
    ],
    ['no_table', 'damaged', 'damaged'],
  );
});

test('names and formulas that would do something elsewhere are nothing but text', { timeout }, async () => {
  const file = xlsxFile({
    sheets: [
      {
        name: '../../etc/passwd',
        rows: `${textRow('__proto__', 'constructor')}<row><c t="str"><f>HYPERLINK("http://127.0.0.1:9")</f><v>=cmd|' /C calc'!A0</v></c></row>`,
      },
    ],
    parts: [{ name: '../../../tmp/evil', data: 'x' }],
  });
  const { columns, rows, report } = await readTable(spoolXlsx(chunksOf(file), SPOOL_OPTIONS));
  assert.deepEqual(
    [columns, rows, report.sheet],
    [['__proto__', 'constructor'], [["=cmd|' /C calc'!A0", '']], '../../etc/passwd'],
  );
});

describe('a file that is something else', () => {
  const compound = (name: string): Buffer =>
    Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2000), Buffer.from(`${name}\0`, 'utf16le')]);
  const files: Readonly<Record<string, readonly [Buffer, string, string]>> = {
    'an old workbook': [
      compound('Workbook'),
      'other_format',
      'This is an old Excel workbook (.xls), which is not read: save it as .xlsx or CSV.',
    ],
    'an encrypted workbook': [
      compound('EncryptedPackage'),
      'encrypted',
      'The workbook is protected by a password: take the password off and save it again.',
    ],
    'a binary workbook': [
      zipFile([{ name: 'xl/workbook.bin', data: 'x' }]),
      'other_format',
      'This is an Excel binary workbook (.xlsb), which is not read: save it as .xlsx.',
    ],
    'an OpenDocument spreadsheet': [
      zipFile([
        { name: 'mimetype', data: 'application/vnd.oasis.opendocument.spreadsheet', stored: true },
        { name: 'content.xml', data: '<x/>' },
      ]),
      'other_format',
      'This is an OpenDocument file (.ods), which is not read: save it as .xlsx or CSV.',
    ],
    'a Word document': [
      zipFile([{ name: 'word/document.xml', data: '<x/>' }]),
      'other_format',
      'This is a Word document (.docx), not a table.',
    ],
    'another zip': [
      zipFile([{ name: 'a.csv', data: 'a' }]),
      'not_this_format',
      'This is a zip archive, but no XLSX workbook.',
    ],
    'a web page': [
      Buffer.from('\ufeff<html><table>'),
      'not_this_format',
      'This is no XLSX workbook but a web page (HTML).',
    ],
    'a CSV': [Buffer.from('a,b\n1,2\n'), 'not_this_format', 'This is no XLSX workbook but a text file.'],
    nothing: [Buffer.alloc(0), 'not_this_format', 'This is no XLSX workbook but an empty file.'],
    'half a workbook': [
      xlsxFile({ sheets: [{ rows: textRow('a') }] }).subarray(0, 900),
      'damaged',
      'The zip archive is damaged or cut off and cannot be read.',
    ],
    'a workbook with an encrypted part': [
      xlsxFile({ sheets: [{ rows: '' }], parts: [{ name: SHEET, data: 'x', encrypted: true }] }),
      'encrypted',
      'The zip archive is protected by a password: take the password off first.',
    ],
    'a workbook with a damaged part': [
      xlsxFile({ sheets: [{ rows: '' }], parts: [{ name: SHEET, data: SHEET_START + SHEET_END, claims: { crc: 1 } }] }),
      'damaged',
      `The file ${SHEET} in the archive is damaged: its checksum does not fit.`,
    ],
  };
  for (const [name, [file, reason, message]] of Object.entries(files)) {
    test(`${name} is refused, saying what it is`, { timeout }, async () => {
      assert.deepEqual(await refusal(spoolXlsx(chunksOf(file, 1000), SPOOL_OPTIONS)), {
        code: 'source_rejected',
        reason,
        message,
      });
    });
  }
});

test('nothing of this has taken a gigabyte', () => {
  assert.ok(process.resourceUsage().maxRSS < MIB, `${process.resourceUsage().maxRSS} KiB`);
});
