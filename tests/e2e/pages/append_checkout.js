// Puts an element for the page's order on the page.
import { checkout, theOrder } from "./order.js";

document.body.append(checkout(await theOrder()));
