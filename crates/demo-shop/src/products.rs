//! Products of the demo shop. Prices live here and nowhere else: a browser names a sku, never a price.

use gopay_contract::GrossAmount;
use gopay_contract::midtrans::ItemDetails;
use serde::Serialize;

/// Something to buy.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Product {
    /// The shop's own id of it.
    pub(crate) sku: &'static str,
    /// The name for the payer; at most 50 characters, as Midtrans wants of `item_details`.
    pub(crate) name: &'static str,
    /// One sentence about it.
    pub(crate) description: &'static str,
    /// Rupiah for one.
    pub(crate) price: u32,
}

/// All there is.
pub(crate) const PRODUCTS: [Product; 4] = [
    Product {
        sku: "kopi-gayo",
        name: "Kopi Gayo 250 g",
        description: "Biji kopi arabika dari dataran tinggi Gayo, sangrai sedang.",
        price: 44_000,
    },
    Product {
        sku: "teh-melati",
        name: "Teh Melati Slawi 100 g",
        description: "Teh wangi melati untuk poci tanah liat.",
        price: 18_500,
    },
    Product {
        sku: "gula-aren",
        name: "Gula Aren Bubuk 500 g",
        description: "Gula aren murni, digiling halus.",
        price: 32_000,
    },
    Product {
        sku: "cangkir-batik",
        name: "Cangkir Keramik Batik",
        description: "Cangkir 250 ml dengan motif kawung.",
        price: 75_000,
    },
];

/// Most of one product in one order.
pub(crate) const MOST_OF_ONE: u32 = 20;
/// Most lines in one order.
pub(crate) const MOST_LINES: usize = 10;

/// One line of what a browser wants to buy.
#[derive(Clone, Debug, serde::Deserialize)]
pub(crate) struct Line {
    /// The product.
    pub(crate) sku: String,
    /// How many.
    pub(crate) quantity: u32,
}

/// Totals of a basket.
#[derive(Debug)]
pub(crate) struct Basket {
    pub(crate) items: Vec<ItemDetails>,
    pub(crate) gross_amount: GrossAmount,
    pub(crate) description: String,
}

/// Looks the lines up. A refusal is one sentence that names the line and what was expected.
pub(crate) fn add_up(lines: &[Line]) -> Result<Basket, String> {
    if lines.is_empty() || lines.len() > MOST_LINES {
        return Err(format!("items has {} lines, expected 1 to {MOST_LINES}", lines.len()));
    }
    let mut items = Vec::with_capacity(lines.len());
    let mut rupiah = 0;
    let mut description = Vec::with_capacity(lines.len());
    for Line { sku, quantity } in lines {
        let shown: String = sku.chars().take(40).collect();
        let product = PRODUCTS.iter().find(|product| product.sku == sku);
        let product = product.ok_or_else(|| format!("items.sku {shown:?} is none of the shop's products"))?;
        if !(1..=MOST_OF_ONE).contains(quantity) {
            return Err(format!("items.quantity of {shown:?} is {quantity}, expected 1 to {MOST_OF_ONE}"));
        }
        rupiah += u64::from(product.price) * u64::from(*quantity);
        description.push(if *quantity == 1 {
            product.name.to_owned()
        } else {
            format!("{quantity} × {}", product.name)
        });
        items.push(ItemDetails {
            id: Some(product.sku.to_owned()),
            price: i64::from(product.price),
            quantity: *quantity,
            name: product.name.to_owned(),
            ..ItemDetails::default()
        });
    }
    let gross_amount = GrossAmount::from_rupiah(rupiah).ok_or("items come to nothing")?;
    Ok(Basket { items, gross_amount, description: description.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(sku: &str, quantity: u32) -> Line {
        Line { sku: sku.to_owned(), quantity }
    }

    #[test]
    fn prices_times_quantities_are_the_gross_amount() {
        let basket = add_up(&[line("kopi-gayo", 2), line("teh-melati", 1)]).expect("both are sold");
        assert_eq!(basket.gross_amount.rupiah(), 106_500);
        assert_eq!(basket.description, "2 × Kopi Gayo 250 g, Teh Melati Slawi 100 g");
        let sum: i64 = basket.items.iter().map(|item| item.price * i64::from(item.quantity)).sum();
        assert_eq!(sum, 106_500, "or Midtrans answers 400");
    }

    #[test]
    fn what_is_not_sold_is_named() {
        assert!(add_up(&[line("emas", 1)]).expect_err("not sold").contains("\"emas\""));
        assert!(add_up(&[line("kopi-gayo", 0)]).expect_err("none").contains("expected 1 to 20"));
        assert!(add_up(&[]).expect_err("empty").contains("0 lines"));
    }

    #[test]
    fn every_name_fits_midtrans() {
        assert!(PRODUCTS.iter().all(|product| product.name.chars().count() <= 50));
    }
}
