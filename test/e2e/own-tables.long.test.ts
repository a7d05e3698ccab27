import { tablesArriveAndGo } from './own-tables.ts';

tablesArriveAndGo({ name: 'chinook', kept: [] });
tablesArriveAndGo({ name: 'pagila', kept: ['store', 'staff', 'address', 'city', 'country'] });
