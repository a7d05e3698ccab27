/**
 * Two records are compared when they share a key that few have, or two keys that not too many have: a frequent surname in a
 * large city alone says nothing, and what is like in nothing else would not be found to be the same. Keys of more records
 * than MANY lead nowhere. Records are those of the key table, or of one file.
 */
export const FEW = 4;
export const MANY = 120;
