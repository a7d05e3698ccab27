/** Given names that one person goes by: each line one name and its short and foreign forms. */
const FORMS = `
alexander alex alec al sasha xander sandy lex|alexandra alex sandra sandy sasha lexi|abigail abby gail|abraham abe
albert al bert bertie|alfred al fred alf|amanda mandy|andrew andy drew|angela angie|anna annie|anne annie|ann annie
anthony tony antonio anton|arthur art artie|barbara barb babs|benjamin ben benny benji|bernard bernie|bradley brad
catherine katherine kathryn cathy kathy kate katie katy kit kitty catharine katarina katarzyna kasia|caroline carol carrie
charles charlie chuck chas|charlotte lottie charlie|christina christine chris chrissy tina kristina
christopher chris topher kit christoph|cynthia cindy|daniel dan danny|danielle dani|david dave davey|deborah debra deb debbie
dennis denny|donald don donnie|dorothy dot dottie dolly|douglas doug|edward ed eddie ted teddy ned
edwin ed eddie|eleanor ellie nell nora|elizabeth liz lizzie beth betty bess eliza elisabeth libby betsy
emily em emmy|eugene gene|florence flo|francis frank fran frankie|frances fran frannie|franklin frank
frederick fred freddie freddy fritz|gabriel gabe|gabrielle gabby|geoffrey jeffrey jeff geoff|george georgie georg
gerald gerry jerry|gregory greg|harold harry hal|henry harry hank|howard howie|isabella bella izzy isabel
jacob jake|jacqueline jackie|james jim jimmy jamie jem|janet jan|jennifer jen jenny|jeremy jerry|jerome jerry
jessica jess jessie|joan joanie|joanna jo joanne|john jack johnny jon johann johannes
jonathan jon jonny nathan|joseph joe joey jos josef|josephine jo josie|joshua josh|judith judy|julia jules
kenneth ken kenny|kimberly kim|laura laurie|lawrence larry laurence|leonard leo len lenny|leslie les|lewis lou louis
lillian lily lil|louise lou|lucille lucy|madeline maddie maddy|margaret maggie meg peggy marge margie greta rita madge
marjorie marge|martha marty|martin marty|matthew matt matty matthias|maximilian max|megan meg
melissa mel missy|michael mike mick mickey micky mikey|michelle shelly|mitchell mitch|mohammed mohamed muhammad mohammad
nancy nan|natalie nat|nathaniel nathan nate nat|nicholas nick nicky nicolas niko|nicole nicky|norman norm
oliver ollie|olivia liv livvy|pamela pam|patricia pat patty trish tricia patsy|patrick pat paddy|paul paulie
penelope penny|peter pete|philip phil phillip|priscilla cilla|raymond ray|rebecca becky becca
reginald reg reggie|richard rick ricky rich richie dick|robert bob bobby rob robbie bert|roberta bobbie
roger rodge|ronald ron ronnie|rosemary rose rosie|russell russ|ruth ruthie|samuel sam sammy|samantha sam sammy
sarah sara sally sadie|sebastian seb bastian|sharon shari|sidney sid|sophia sophie|stanley stan
stephen steven steve stevie stefan stephan|stephanie steph|stuart stu stewart|susan sue susie suzanne suzy susanna
sylvia sylvie|tabitha tabby|terence terry terrance|teresa terry tess tessa theresa|theodore ted teddy theo
thomas tom tommy tomas|timothy tim timmy|tobias toby|valerie val|veronica ronnie vera|victor vic|victoria vicky vicki tori
vincent vince vinny|virginia ginny|vivian viv|walter walt wally|wilhelmina mina|william bill billy will willie liam wilhelm
zachary zach zack|yvonne eve|zoe zoey`;

const rootsByName = new Map<string, string[]>();
for (const line of FORMS.trim().split(/[|\n]/)) {
  const names = line.trim().split(' ');
  const root = names[0] ?? '';
  for (const name of names) {
    const roots = rootsByName.get(name);
    if (roots === undefined) rootsByName.set(name, [root]);
    else roots.push(root);
  }
}

const NONE: readonly string[] = [];

/** The full names a folded given name may stand for; `chris` is both Christopher and Christine. */
export function rootsOfName(name: string): readonly string[] {
  return rootsByName.get(name) ?? NONE;
}

/** One of the two is a usual form of the other, or both are of a third: Bill and William, Bob and Robbie. */
export function isNickname(left: readonly string[], right: readonly string[]): boolean {
  for (const root of left) if (right.includes(root)) return true;
  return false;
}
