// Registers <gopay-checkout> where it is imported; on a server that is nothing.
import { define } from "./index.js";

define();
