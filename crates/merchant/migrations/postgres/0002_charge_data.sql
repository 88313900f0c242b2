-- What goes to Midtrans with a charge beside order and amount, as JSON. It holds the items, which had their own column.
ALTER TABLE orders ADD COLUMN charge_data TEXT NOT NULL DEFAULT '{}';
UPDATE orders SET charge_data = json_build_object('item_details', items::json)::text WHERE items <> '[]';
ALTER TABLE orders DROP COLUMN items;
