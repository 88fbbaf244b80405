-- The music store's own database, as its shop system would have it: Chinook's tables, and when a row changed last.
--   psql -v seeds=FOLDER -f store.sql     FOLDER has artist.csv, album.csv ...; without it /seeds
\set ON_ERROR_STOP on
\if :{?seeds}
\else
\set seeds /seeds
\endif

create table artist (artist_id int primary key, name varchar(120) not null);
create table album (
  album_id int primary key,
  title varchar(160) not null,
  artist_id int not null references artist
);
create table genre (genre_id int primary key, name varchar(120) not null);
create table track (
  track_id int primary key,
  name varchar(200) not null,
  album_id int references album,
  media_type_id int not null,
  genre_id int references genre,
  composer varchar(220),
  milliseconds int not null,
  bytes int,
  unit_price numeric(10,2) not null
);
create table customer (
  customer_id int primary key,
  first_name varchar(40) not null,
  last_name varchar(20) not null,
  company varchar(80),
  address varchar(70),
  city varchar(40),
  state varchar(40),
  country varchar(40) not null,
  postal_code varchar(10),
  phone varchar(24),
  fax varchar(24),
  email varchar(60) not null,
  support_rep_id int,
  changed_at timestamptz not null default now(),
  left_at timestamptz
);
create table invoice (
  invoice_id int primary key,
  customer_id int not null references customer,
  invoice_date timestamp not null,
  billing_address varchar(70),
  billing_city varchar(40),
  billing_state varchar(40),
  billing_country varchar(40),
  billing_postal_code varchar(10),
  total numeric(10,2) not null,
  changed_at timestamptz not null default now()
);
create table invoice_line (
  invoice_line_id int primary key,
  invoice_id int not null references invoice,
  track_id int not null references track,
  unit_price numeric(10,2) not null,
  quantity int not null,
  changed_at timestamptz not null default now()
);
create index on customer (changed_at);
create index on invoice (changed_at);
create index on invoice_line (changed_at);

\cd :seeds
\copy artist from 'artist.csv' csv header
\copy album from 'album.csv' csv header
\copy genre from 'genre.csv' csv header
\copy track from 'track.csv' csv header
\copy customer (customer_id, first_name, last_name, company, address, city, state, country, postal_code, phone, fax, email, support_rep_id) from 'customer.csv' csv header
\copy invoice (invoice_id, customer_id, invoice_date, billing_address, billing_city, billing_state, billing_country, billing_postal_code, total) from 'invoice.csv' csv header
\copy invoice_line (invoice_line_id, invoice_id, track_id, unit_price, quantity) from 'invoice_line.csv' csv header

-- All of that changed last when it was written.
update customer set changed_at = timestamp '2006-01-01' + customer_id * interval '1 day';
update invoice set changed_at = invoice_date;
update invoice_line l set changed_at = invoice_date from invoice i where i.invoice_id = l.invoice_id;
