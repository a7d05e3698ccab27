import { tablesArriveAndGo } from './own-tables.ts';

tablesArriveAndGo({ name: 'northwind', kept: [] });
