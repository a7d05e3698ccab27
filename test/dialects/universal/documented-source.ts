/** The database that document 000 has in mind. */
export const DOCUMENTED = [
  `create table customers (id integer primary key, first_name varchar(255), last_name varchar(255), company text,
     created_at timestamp not null)`,
  'create table emails (id integer primary key, customer_id integer references customers, email text, type text)',
  `insert into customers values (1, 'Jane', 'Smith', 'Client Corp', '2024-02-01'), (2, 'John', 'Doe', null, '2023-01-01'),
     (3, 'Ann', 'Lee', 'Lee Ltd', '2024-03-01 10:00')`,
  `insert into emails values (1, 1, 'jane@client.com', 'work'), (2, 1, 'jane@home.com', 'home'), (3, 3, 'ann@lee.com', 'work')`,
  'analyze',
];

/** A query over it, as document 000 prints it. */
export const EXAMPLE = {
  base_table: 'customers',
  joins: [
    { type: 'LEFT', table: 'emails', on: 'emails.customer_id = customers.id', condition: "emails.type = 'work'" },
  ],
  fields: [
    { source: 'customers.id', target: 'external_id', transformation: null },
    {
      source: "CONCAT(customers.first_name, ' ', customers.last_name)",
      target: 'name',
      transformation: 'custom',
    },
  ],
  filters: [{ field: 'customers.created_at', operator: '>=', value: '2024-01-01' }],
  target_type: 'customer_users',
};
