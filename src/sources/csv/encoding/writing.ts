/**
 * What is written with which characters beyond ASCII, in small letters: by this a text that was decoded rightly is told
 * from one that was not.
 */
export interface Writing {
  readonly name: string;
  readonly usual: ReadonlySet<string>;
  readonly rare: ReadonlySet<string>;
}

const writing = (name: string, usual: string, rare: string = ''): Writing => ({
  name,
  usual: new Set(usual),
  rare: new Set(rare),
});

const LATIN: readonly Writing[] = [
  writing('German', 'äöüß', 'éèà'),
  writing('French', 'éèêàçîôâûùëïœ', 'ÿæñáãåíö'),
  writing('Spanish', 'áéíóúñü¡¿', 'çàèòï'),
  writing('Portuguese', 'ãáçéêíóõúâôà', 'ü'),
  writing('Italian', 'àèéìòù', 'îôó'),
  writing('Catalan', 'àçèéíïòóúü', '·'),
  writing('Swedish or Finnish', 'åäö', 'éüàš'),
  writing('Danish or Norwegian', 'æøå', 'éòôäöü'),
  writing('Icelandic', 'áæðéíóöúýþ', ''),
  writing('Dutch', 'éëïóöüè', 'áêàçñ'),
  writing('Estonian', 'äöõü', 'šž'),
  writing('Western European', 'éèáíóúäöüñçàãâêôåæøß', 'õîùûìòëïýðþœšž'),
  writing('Polish', 'ąćęłńóśźż', 'éöü'),
  writing('Czech or Slovak', 'áčďéěíňóřšťúůýž', 'ľĺŕôäöü'),
  writing('Hungarian', 'áéíóöőúüű', 'ä'),
  writing('Romanian', 'ăâîșțşţ', 'éöü'),
  writing('Croatian, Serbian or Slovene', 'čćđšž', 'éöü'),
  writing('Turkish', 'çğıİöşü', 'âîûéä'),
  writing('Lithuanian', 'ąčęėįšųūž', 'õä'),
  writing('Latvian', 'āčēģīķļņšūž', 'ōŗõä'),
  writing('Esperanto or Maltese', 'ĉĝĥĵŝŭċġħż', 'àèìòù'),
];

const CYRILLIC: readonly Writing[] = [
  writing('Russian', 'оеаинтсрвлкмдпу', 'яыьгзбчйхжшюцщэфъё'),
  writing('Ukrainian or Belarusian', 'оанивтерсілкудмпзя', 'бгйчьїєґхцжшщюфўыэ'),
  writing('Bulgarian', 'аоиетнрсвлкдпм', 'зягбучъщйцхжшьфю'),
  writing('Serbian or Macedonian', 'аоиенрстјувдкп', 'мљњлћђзгбчџќѓѕшжцхф'),
];

const GREEK = writing('Greek', 'αεηιοσςτνρκλμπυάέήίόύώ', 'γδβθφχψξζωϊϋΐΰ');
const HEBREW = writing('Hebrew', 'יוהלאמתרבשנםעדחקפ', 'טסגצכזןךףץ');
const ARABIC = writing(
  'Arabic or Persian',
  'اليمونرتبةعدسفهكقحجأ',
  'طصشخزضغءثئىإذظؤآپچژگکی\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652',
);
const THAI = writing(
  'Thai',
  'านรกอเงมยลวดทตสปค\u0e31\u0e34\u0e35\u0e48\u0e49',
  'บใไแหชพขจะำถผซณฐธโคศษภฟฝฉญฏฎฆฬฮๆฯ\u0e36\u0e37\u0e38\u0e39\u0e47\u0e4c',
);

const SIMPLIFIED =
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运' +
  '亚尼拉西巴布卡达多尔法哥兰伦罗洛曼米莫纳诺帕皮奇瑞萨森塔泰图瓦维乌伊约泽岛群州省县街号有限';
const TRADITIONAL =
  '的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作里用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運' +
  '亞尼巴布卡多法哥蘭倫羅洛曼米莫納諾帕皮奇瑞薩森塔圖瓦維烏伊約澤島群州省縣街號限灣臺台';
const KANJI =
  '日本東京都道府県市区町村郡大田中山川島井上藤佐木高橋林小野松石原清水会社株式名前住所電話番号年月人一二三四五六七八九十国語時分生学校先長金土火水西南北新社員部課事業務所地方内外出入力用品数量単価合計備考郎花太美左右阪横浜古屋福岡海千葉神奈川兵庫静愛知広島崎熊鹿児長野新潟宮城岩手秋森茂和健幸恵明正三様御株式会社有限';
const HANGUL =
  '이다의는에가고을하지로사기인리도대한시자나어서아정일스해그보라제수은부전구만장원주공국동여상성조유무신관거세경과들를있것으까진소비었안선방연개면치영계위물때업적실화문통산학생교모말명음트우간회등식현분중오려마발약양김박최강울군읍길번호';

/** What texts of an encoding are written in; others make no sense in it. */
export interface Candidate {
  readonly encoding: string;
  readonly writings: readonly Writing[];
  /** How far it would be believed before anything is seen of the text. */
  readonly prior: number;
}

const of = (writings: readonly Writing[], prior: number, ...encodings: readonly string[]): Candidate[] =>
  encodings.map((encoding) => ({ encoding, writings, prior }));

const KANA = Array.from({ length: 0x30ff - 0x3041 + 1 }, (_, index) => String.fromCharCode(0x3041 + index)).join('');

/** Encodings that are told by what they make of a text; of equally good ones the earlier is taken. */
export const CANDIDATES: readonly Candidate[] = [
  ...of(LATIN, 0.8, 'windows-1252'),
  ...of(LATIN, 0.5, 'windows-1250', 'iso-8859-15', 'iso-8859-2', 'windows-1254', 'windows-1257'),
  ...of(CYRILLIC, 0.5, 'windows-1251', 'koi8-r', 'ibm866'),
  ...of([writing('Japanese', KANA + KANJI)], 0.5, 'shift_jis', 'euc-jp'),
  ...of([writing('Chinese', SIMPLIFIED)], 0.5, 'gb18030'),
  ...of([writing('Chinese', TRADITIONAL)], 0.5, 'big5'),
  ...of([writing('Korean', HANGUL)], 0.5, 'euc-kr'),
  ...of([GREEK], 0.4, 'windows-1253', 'iso-8859-7'),
  ...of([HEBREW], 0.4, 'windows-1255', 'iso-8859-8'),
  ...of([ARABIC], 0.4, 'windows-1256', 'iso-8859-6'),
  ...of([THAI], 0.4, 'windows-874'),
  ...of(LATIN, 0.4, 'cp850'),
  ...of(CYRILLIC, 0.2, 'iso-8859-5', 'koi8-u', 'x-mac-cyrillic'),
  ...of(LATIN, 0.2, 'cp852', 'cp437', 'macintosh'),
  ...of(LATIN, 0, 'iso-8859-13', 'iso-8859-4', 'iso-8859-3', 'iso-8859-16'),
];
