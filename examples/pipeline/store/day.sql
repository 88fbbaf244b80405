-- A day at the store: a new album sells well, a price was wrong, an order is cancelled, a customer leaves.
begin;

-- New: an artist, an album, a track, a customer, her invoice with two lines.
insert into artist values (276, 'The Semicolons');
insert into album values (348, 'End of Statement', 276);
insert into track (track_id, name, album_id, media_type_id, genre_id, milliseconds, unit_price)
values (3504, 'Select Star', 348, 1, 1, 215000, 0.99);
insert into customer (customer_id, first_name, last_name, country, email)
values (60, 'Ada', 'Ünal', 'Malta', 'ada@example.com');
insert into invoice (invoice_id, customer_id, invoice_date, billing_country, total)
values (413, 60, '2012-01-02', 'Malta', 51.48);
insert into invoice_line (invoice_line_id, invoice_id, track_id, unit_price, quantity)
values (2241, 413, 3504, 0.99, 50), (2242, 413, 2820, 1.98, 1);

-- Changed: the first invoice had its lines doubled, a customer moved.
update invoice_line set quantity = 2, changed_at = now() where invoice_id = 1;
update invoice set total = 3.96, changed_at = now() where invoice_id = 1;
update customer set country = 'Malta', changed_at = now() where customer_id = 6;

-- Deleted: an invoice with its lines. A customer leaves: what he bought is deleted, he himself is marked.
delete from invoice_line where invoice_id = 5;
delete from invoice where invoice_id = 5;
delete from invoice_line where invoice_id in (select invoice_id from invoice where customer_id = 59);
delete from invoice where customer_id = 59;
update customer set left_at = now(), changed_at = now() where customer_id = 59;

commit;
