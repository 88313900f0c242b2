//! Layout in every kind of parent element and page style, each with the width that the widget must have there.

use super::value;
use gopay_e2e::{Device, Payer, Shop};
use serde_json::{Value, json};

/// Parents: name, markup (`@` is the element), and minimum width in a place of 328 px.
const PARENTS: &[(&str, &str, u32)] = &[
    ("block", "<div>@</div>", 328),
    ("flex row", "<div style='display:flex'>@</div>", 328),
    ("flex row beside a sibling", "<div style='display:flex'><p style='flex:none;width:40px'>x</p>@</div>", 280),
    ("flex row, centred", "<div style='display:flex;justify-content:center'>@</div>", 328),
    ("flex column", "<div style='display:flex;flex-direction:column'>@</div>", 328),
    ("flex column, centred", "<div style='display:flex;flex-direction:column;align-items:center'>@</div>", 328),
    ("flex column, at its start", "<div style='display:flex;flex-direction:column;align-items:start'>@</div>", 328),
    ("inline-flex", "<div style='display:inline-flex'>@</div>", 280),
    ("grid", "<div style='display:grid'>@</div>", 328),
    ("grid, centred", "<div style='display:grid;place-items:center'>@</div>", 328),
    ("grid, centred as a whole", "<div style='display:grid;place-content:center'>@</div>", 280),
    ("grid with an auto column", "<div style='display:grid;grid-template-columns:auto'>@</div>", 328),
    ("grid with a column for its content", "<div style='display:grid;grid-template-columns:max-content'>@</div>", 280),
    ("inline-block", "<div style='display:inline-block'>@</div>", 280),
    ("as wide as its content", "<div style='width:fit-content'>@</div>", 280),
    ("float", "<div style='float:left'>@</div>", 280),
    ("the element floats", "<style>gopay-checkout{float:left}</style>@", 328),
    ("table cell", "<table><tr><td style='padding:0'>@</td></tr></table>", 280),
    ("display: table-cell", "<div style='display:table-cell'>@</div>", 280),
    ("absolute", "<div style='position:absolute;left:0'>@</div>", 280),
    ("fixed, centred", "<div style='position:fixed;left:50%;translate:-50%'>@</div>", 160),
    ("fixed from side to side", "<div style='position:fixed;inset:0 16px auto'>@</div>", 280),
    ("display: contents", "<div style='display:contents'>@</div>", 328),
    ("one of two columns", "<div style='columns:1'>@</div>", 328),
    ("an open dialog", "<dialog open style='padding:0;border:0;margin:0'>@</dialog>", 280),
    ("open details", "<details open><summary>x</summary>@</details>", 328),
    ("a fieldset", "<fieldset style='padding:0;border:0;margin:0'>@</fieldset>", 328),
    ("a paragraph", "<p style='margin:0'>@</p>", 328),
    ("zoomed", "<div style='zoom:1.1'>@</div>", 280),
    ("transformed", "<div style='transform:scale(1)'>@</div>", 328),
    // Without a width of its own such a parent lets every block be as wide as the window (CSS Writing Modes §7.3).
    ("vertical writing", "<div style='writing-mode:vertical-rl;width:328px'>@</div>", 328),
    ("from right to left", "<div dir=rtl>@</div>", 328),
    ("a button's row", "<div style='display:flex;flex-wrap:wrap;gap:8px'><button>x</button>@</div>", 328),
    ("overflow hidden", "<div style='overflow:hidden'>@</div>", 328),
    ("everything unset", "<style>gopay-checkout{all:unset}</style>@", 328),
    ("everything flex, by force", "<style>#place *{display:flex!important}</style><div>@</div>", 328),
    ("everything inline-block, by force", "<style>#place *{display:inline-block!important}</style><div>@</div>", 280),
    ("no element may be wide", "<style>#place *{max-width:100%!important}</style><div>@</div>", 328),
    ("root font 50 %", "<style>html{font-size:50%}</style>@", 328),
    ("root font 62.5 %", "<style>html{font-size:62.5%}</style>@", 328),
    ("root font 200 %", "<style>html{font-size:200%}</style>@", 328),
    ("a theme that lets everything inherit", THEME, 328),
];

const THEME: &str = "<style>#place{text-transform:uppercase;letter-spacing:.3em;text-align:center;text-indent:3em;
    text-shadow:1px 1px red;cursor:wait;white-space:nowrap;font:italic 9px/1 serif;word-spacing:1em;direction:rtl;
    line-height:1;color:red;list-style:square}</style>@";

/// Puts the element into each parent in turn, waits until it is ready, and measures it.
const MEASURES: &str = "
    const [places, width] = arguments;
    return (async () => {
    document.body.style.margin = '0';
    const found = [];
    for (const [name, markup, least] of places) {
        document.body.innerHTML = `<div id=place style='inline-size:${width}px;margin:0 16px'></div>`;
        const element = `<gopay-checkout order-id=order-1 gross-amount=44000 start=press
            charge-url=/api/gopay/charge status-url='/api/gopay/orders/{order_id}'></gopay-checkout>`;
        document.querySelector('#place').innerHTML = markup.replace('@', element);
        const widget = document.querySelector('gopay-checkout');
        await new Promise((is_ready) => {
            if (widget.state === 'ready') is_ready();
            new MutationObserver(() => widget.state === 'ready' && is_ready()).observe(widget, { attributes: true });
        });
        const card = widget.shadowRoot.querySelector('[part=card]');
        const button = widget.shadowRoot.querySelector('button');
        const box = card.getBoundingClientRect();
        const style = getComputedStyle(button);
        const wrong = [];
        const says = (is_wrong, what) => is_wrong && wrong.push(what);
        says(box.width + 0.5 < least, `${box.width} wide, not ${least}`);
        says(box.height < 100, `${box.height} high`);
        // A zoomed WebKit rounds to 43.99.
        says(button.getBoundingClientRect().height < 43.95, `a button of ${button.getBoundingClientRect().height}`);
        says(button.getBoundingClientRect().right > box.right, 'the button leaves the card');
        says(card.scrollWidth > card.clientWidth + 1, `its content is ${card.scrollWidth} in ${card.clientWidth}`);
        says(parseFloat(style.fontSize) < 14, `letters of ${style.fontSize}`);
        says(style.textTransform !== 'none' || style.letterSpacing !== 'normal', 'letters as the theme has them');
        says(style.direction !== 'ltr' || style.textShadow !== 'none' || style.cursor !== 'pointer', 'inherited');
        says(box.right > document.documentElement.clientWidth + 0.5 && !markup.includes('-50%'), 'it leaves the page');
        if (wrong.length) found.push(`${name}: ${wrong.join(', ')}`);
    }
    return found;
    })();
";

async fn measures(payer: &Payer<'_>, width: u32, places: Value) -> Value {
    payer.browser().runs(MEASURES, vec![places, json!(width)]).await.expect("it can be measured everywhere")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_in_every_kind_of_parent_and_under_every_kind_of_theme() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    payer.opens("recorded_traffic").await;
    // Firefox and WebKit have no window as narrow as a phone's: the place is as narrow all the same.
    assert_eq!(measures(&payer, 328, json!(PARENTS)).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_no_wider_than_two_columns_and_no_narrower_than_its_place() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("recorded_traffic").await;
    let width = "return document.querySelector('gopay-checkout').getBoundingClientRect().width";
    for (place, wanted) in [(900, 704), (448, 448), (300, 300), (200, 200)] {
        assert_eq!(measures(&payer, place, json!([["block", "<div>@</div>", wanted]])).await, json!([]));
        assert_eq!(value(&payer, width).await, json!(wanted), "in {place} px");
    }
}
