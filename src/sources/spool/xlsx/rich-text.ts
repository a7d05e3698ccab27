import { refuseFile } from '../refusal.ts';
import { unescaped } from './unescape.ts';

/** Excel's own bound is 32,767; other writers have gone beyond it. */
const MAX_TEXT = 2 ** 20;

/** Puts together the text of a shared or inline string: its runs, without the phonetic guides (`rPh`). */
export class RichText {
  #text = '';
  #inText = false;
  #phonetic = 0;

  start(): void {
    this.#text = '';
    this.#inText = false;
    this.#phonetic = 0;
  }

  open(name: string): void {
    if (name === 'rPh') this.#phonetic += 1;
    else if (name === 't') this.#inText = this.#phonetic === 0;
  }

  text(text: string): void {
    if (!this.#inText) return;
    if (this.#text.length + text.length > MAX_TEXT) {
      throw refuseFile('suspicious', `The workbook has a text of more than ${MAX_TEXT} characters.`);
    }
    this.#text += text;
  }

  close(name: string): void {
    if (name === 't') this.#inText = false;
    else if (name === 'rPh') this.#phonetic -= 1;
  }

  end(): string {
    return unescaped(this.#text);
  }
}
