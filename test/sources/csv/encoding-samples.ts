import { createDecoder } from '../../../src/sources/text/decoder.ts';

/** A few people and places in a language, as lines of CSV, and the encodings in which such a list would have been saved. */
export const SAMPLES: readonly {
  readonly language: string;
  readonly text: string;
  readonly encodings: readonly string[];
}[] = [
  {
    language: 'French',
    text: 'nom,ville,note\nHélène Lefèvre,Besançon,« à rappeler »\nFrançois Noël,Nîmes,déjà client\nZoé Müller,Orléans,reçu',
    encodings: ['windows-1252', 'iso-8859-15', 'cp850', 'macintosh'],
  },
  {
    language: 'German',
    text: 'Name;Straße;Ort\nJürgen Größ;Königstraße 5;Köln\nBärbel Schäfer;Grüner Weg 12;Nürnberg\nKäthe Weiß;Mühlgasse 3;Düsseldorf',
    encodings: ['windows-1252', 'iso-8859-15', 'cp850', 'macintosh'],
  },
  {
    language: 'Spanish',
    text: 'nombre,ciudad,nota\nMaría Núñez,Málaga,¿llamó ayer?\nJosé Ibáñez,Cádiz,pagó en mayo\nÁngel Peña,León,año pasado',
    encodings: ['windows-1252', 'cp850'],
  },
  {
    language: 'Danish',
    text: 'navn,by\nSøren Kjær,Århus\nÅse Bjørn,Tromsø\nJørgen Østergård,København',
    encodings: ['windows-1252', 'cp850'],
  },
  {
    language: 'Polish',
    text: 'imię,miasto,uwagi\nŁukasz Wiśniewski,Łódź,zapłacił już\nMałgorzata Dąbrowska,Gdańsk,przesyłka\nStanisław Wójcik,Częstochowa,żadnych',
    encodings: ['windows-1250', 'iso-8859-2', 'cp852'],
  },
  {
    language: 'Czech',
    text: 'jméno,město,poznámka\nJiří Dvořák,Plzeň,zaplaceno včera\nBožena Němcová,Ústí nad Labem,příští týden\nTomáš Šťastný,Brno,žádná',
    encodings: ['windows-1250', 'iso-8859-2', 'cp852'],
  },
  {
    language: 'Hungarian',
    text: 'név,város\nErdős Győző,Kőszeg\nSzűcs Zsófia,Székesfehérvár\nÖrkény Tünde,Győr',
    encodings: ['windows-1250', 'iso-8859-2'],
  },
  {
    language: 'Turkish',
    text: 'ad,şehir\nAyşe Yılmaz,İstanbul\nÇağlar Öztürk,Diyarbakır\nGülşen Şahin,Eskişehir\nIşık Doğan,Muğla',
    encodings: ['windows-1254'],
  },
  {
    language: 'Lithuanian',
    text: 'vardas,miestas\nŽydrūnas Kazlauskas,Šiauliai\nRūta Žukauskienė,Panevėžys\nĄžuolas Čepaitis,Klaipėda\nEglė Jankūnaitė,Mažeikiai',
    encodings: ['windows-1257'],
  },
  {
    language: 'Russian',
    text: 'имя,город\nАнна Петрова,Москва\nИван Кузнецов,Санкт-Петербург\nОльга Смирнова,Нижний Новгород\nСергей Ёлкин,Тюмень',
    encodings: ['windows-1251', 'koi8-r', 'ibm866', 'iso-8859-5', 'x-mac-cyrillic'],
  },
  {
    language: 'Ukrainian',
    text: "ім'я,місто\nЮлія Шевченко,Київ\nОлексій Їжакевич,Львів\nНаталія Єременко,Чернівці\nІгор Бондаренко,Харків",
    encodings: ['windows-1251', 'koi8-u'],
  },
  {
    language: 'Bulgarian',
    text: 'име,град\nЙорданка Димитрова,София\nСтоян Ангелов,Пловдив\nЦветелина Желязкова,Търново',
    encodings: ['windows-1251'],
  },
  {
    language: 'Greek',
    text: 'όνομα,πόλη\nΓιώργος Παπαδόπουλος,Αθήνα\nΕλένη Κωνσταντίνου,Θεσσαλονίκη\nΝίκος Ιωάννου,Ηράκλειο',
    encodings: ['windows-1253', 'iso-8859-7'],
  },
  {
    language: 'Hebrew',
    text: 'שם,עיר\nמשה כהן,ירושלים\nרחל לוי,תל אביב\nדוד מזרחי,חיפה',
    encodings: ['windows-1255'],
  },
  {
    language: 'Arabic',
    text: 'الاسم,المدينة\nمحمد عبد الله,القاهرة\nفاطمة الزهراء,دمشق\nأحمد حسن,بغداد',
    encodings: ['windows-1256', 'iso-8859-6'],
  },
  {
    language: 'Thai',
    text: 'ชื่อ,เมือง\nสมชาย ใจดี,กรุงเทพมหานคร\nสุดา รักไทย,เชียงใหม่\nวิชัย ทองคำ,ขอนแก่น',
    encodings: ['windows-874'],
  },
  {
    language: 'Japanese',
    text: '氏名,住所,備考\n山田太郎,東京都港区,ありがとうございます\n佐藤花子,大阪市北区,お電話ください\n鈴木一郎,名古屋市中区,アパート',
    encodings: ['shift_jis', 'euc-jp'],
  },
  {
    language: 'Japanese names',
    text: '氏名,住所\n山田太郎,東京都港区\n佐藤花子,大阪市北区\n高橋一郎,横浜市中区\n田中美咲,京都市左京区',
    encodings: ['shift_jis', 'euc-jp'],
  },
  {
    language: 'simplified Chinese',
    text: '姓名,城市,备注\n王小明,北京市海淀区,已经付款\n李娜,上海市浦东新区,明天再联系\n张伟,广州市天河区,没有问题',
    encodings: ['gb18030'],
  },
  {
    language: 'traditional Chinese',
    text: '姓名,城市,備註\n陳小明,臺北市信義區,已經付款\n林美玲,高雄市前鎮區,明天再聯絡\n張家豪,臺中市西屯區,沒有問題',
    encodings: ['big5'],
  },
  {
    language: 'Korean',
    text: '이름,도시,비고\n김철수,서울특별시 강남구,내일 다시 연락\n이영희,부산광역시 해운대구,입금 완료\n박민수,대전광역시 유성구,문제 없음',
    encodings: ['euc-kr'],
  },
];

/** Writes a text in an encoding that the platform only reads: each character as the bytes that are read as it. */
export function encoded(text: string, encoding: string): Buffer {
  const bytesOf = new Map<string, readonly number[]>();
  const decoder = createDecoder(encoding);
  const add = (...bytes: number[]): void => {
    const read = decoder.decode(Uint8Array.from(bytes));
    if (Array.from(read).length === 1 && read !== '\uFFFD' && !bytesOf.has(read)) bytesOf.set(read, bytes);
  };
  for (let first = 0; first < 256; first++) add(first);
  for (let first = 0x81; first < 0xff; first++) for (let second = 0x40; second < 0xff; second++) add(first, second);
  return Buffer.from(
    Array.from(text).flatMap((character) => {
      const bytes = bytesOf.get(character);
      if (bytes === undefined) throw new Error(`${encoding} has no ${character}`);
      return bytes;
    }),
  );
}
