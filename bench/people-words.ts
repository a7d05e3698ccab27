/** Words that invented people are made of, in English-speaking places; frequent ones first. */

export const GIVEN_NAMES: readonly string[] = (
  'James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica ' +
  'Thomas Sarah Christopher Karen Charles Lisa Daniel Nancy Matthew Betty Anthony Sandra Mark Margaret Donald Ashley Steven ' +
  'Kimberly Andrew Emily Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa George Deborah Timothy Stephanie ' +
  'Ronald Rebecca Jason Laura Edward Helen Jeffrey Sharon Ryan Cynthia Jacob Kathleen Nicholas Amy Gary Angela Eric Shirley ' +
  'Jonathan Anna Stephen Brenda Larry Pamela Justin Emma Scott Nicole Brandon Virginia Benjamin Katherine Samuel Christine ' +
  'Gregory Debra Alexander Rachel Patrick Catherine Frank Carolyn Raymond Janet Jack Ruth Dennis Maria Jerry Heather Tyler Diane ' +
  'Aaron Olivia Jose Julie Adam Joyce Nathan Victoria Henry Kelly Zachary Christina Douglas Lauren Peter Joan Kyle Evelyn Noah ' +
  'Judith Ethan Megan Jeremy Andrea Walter Cheryl Christian Hannah Keith Jacqueline Roger Martha Terry Gloria Sean Teresa Austin ' +
  'Ann Gerald Sara Carl Madison Harold Frances Dylan Kathryn Arthur Janice Lawrence Jean Jordan Alice Jesse Abigail Bryan Julia ' +
  'Billy Sophia Bruce Grace Gabriel Denise Joe Amber Logan Doris Alan Marilyn Juan Danielle Albert Beverly Willie Isabella Elijah ' +
  'Theresa Wayne Diana Randy Natalie Vincent Brittany Mason Charlotte Roy Marie Ralph Kayla Bobby Alexis Russell Lori Philip Zoe ' +
  'Eugene Imogen Priya Wei Fatima Ahmed Yuki Olga Ivan Chiara Mateo Ingrid Lars Aoife Siobhan Rohan Ananya Kwame Amara Tariq Leila'
).split(' ');

export const SHORT_FORMS: Readonly<Record<string, string>> = {
  James: 'Jim',
  Robert: 'Bob',
  Patricia: 'Pat',
  Jennifer: 'Jenny',
  Michael: 'Mike',
  Elizabeth: 'Liz',
  William: 'Bill',
  Barbara: 'Barb',
  Richard: 'Rick',
  Susan: 'Sue',
  Joseph: 'Joe',
  Jessica: 'Jess',
  Thomas: 'Tom',
  Christopher: 'Chris',
  Charles: 'Charlie',
  Daniel: 'Dan',
  Matthew: 'Matt',
  Anthony: 'Tony',
  Margaret: 'Peggy',
  Donald: 'Don',
  Steven: 'Steve',
  Kimberly: 'Kim',
  Andrew: 'Andy',
  Joshua: 'Josh',
  Kenneth: 'Ken',
  Timothy: 'Tim',
  Rebecca: 'Becky',
  Edward: 'Ted',
  Nicholas: 'Nick',
  Jonathan: 'Jon',
  Benjamin: 'Ben',
  Katherine: 'Kate',
  Samuel: 'Sam',
  Gregory: 'Greg',
  Alexander: 'Alex',
  Catherine: 'Cathy',
  Raymond: 'Ray',
  Victoria: 'Vicky',
  Zachary: 'Zach',
  Douglas: 'Doug',
  Peter: 'Pete',
  Lawrence: 'Larry',
};

const HEADS = (
  'Ash Black Brad Brook Burn Cart Clay Cole Crow Dal Dun East Ell Fair Farn Fen Gold Grant Green Hall Harl Hart Hay Hen Hill Hol ' +
  'Hut Kel Ken King Lan Law Lin Lock Long Mar Mel Mil Mor Nor Oak Pem Pres Rad Ray Red Rich Ros Rush Ruth Sal Sand Sel Shel Sher ' +
  'Stan Staf Stock Strat Sut Thorn Til Tren Wal War Web Wel West Whit Wil Win Wood Wor York'
).split(' ');
const TAILS =
  'ton ford ley well man field wood worth by ham combe ridge ward stone bury den land ner son ston wick dale more brook shaw croft'.split(
    ' ',
  );
const COMMON = (
  'Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Wilson Anderson Taylor Thomas Moore Jackson Martin Lee ' +
  'Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Nguyen Hill Green Adams Nelson Baker Hall Campbell ' +
  "Mitchell Carter O'Brien Schmidt Fischer Kowalski Novak Rossi Tanaka Singh Patel Khan Ali Chen Wang Kim Park Okafor Mensah Silva Santos"
).split(' ');

/** Some 2,000 surnames, the common ones first. */
export const SURNAMES: readonly string[] = [...COMMON, ...HEADS.flatMap((head) => TAILS.map((tail) => head + tail))];

export const STREET_NAMES: readonly string[] = HEADS.flatMap((head, at) =>
  ['', 'field', 'view', 'gate', 'mount'].map((tail, index) =>
    index === 0 ? `${head}${TAILS[at % TAILS.length] ?? ''}` : `${head}${tail}`,
  ),
);
export const STREET_KINDS: readonly (readonly [string, string])[] = [
  ['Street', 'St'],
  ['Road', 'Rd'],
  ['Avenue', 'Ave'],
  ['Lane', 'Ln'],
  ['Drive', 'Dr'],
  ['Court', 'Ct'],
  ['Crescent', 'Cres'],
  ['Place', 'Pl'],
];

export const CITIES: readonly (readonly [string, string])[] = HEADS.flatMap((head, at) =>
  ['port', 'mouth', 'ville'].map((tail, index): [string, string] => [
    `${head}${tail}`,
    ['NSW', 'VIC', 'QLD', 'SA', 'WA', 'TAS'][(at + index) % 6] ?? 'NSW',
  ]),
);

export const COMPANIES: readonly string[] = HEADS.flatMap((head) =>
  ['Logistics', 'Foods', 'Robotics', 'Textiles', 'Systems', 'Trading'].map(
    (kind, at) => `${head} ${kind} ${['Pty Ltd', 'Inc.', 'GmbH'][at % 3] ?? ''}`,
  ),
);
export const MAIL_DOMAINS: readonly string[] = 'example.com example.org example.net mail.example post.example'.split(
  ' ',
);
