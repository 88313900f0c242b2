import { checkout, theOrder } from "../order.js";

document.body.append(checkout(await theOrder()));
