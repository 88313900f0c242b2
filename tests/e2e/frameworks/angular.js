// Angular with zone.js, which replaces the browser's promises, timers and events by its own.

import "zone.js";
import "@angular/compiler";
import { ApplicationRef, CUSTOM_ELEMENTS_SCHEMA, Component, provideZoneChangeDetection } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";

const template = `
  @if (isShown) {
    <gopay-checkout
      [attr.order-id]="of['order-id']" [attr.order-token]="of['order-token']" [attr.gross-amount]="of['gross-amount']"
      [attr.trusted-hosts]="of['trusted-hosts']" [attr.charge-url]="of['charge-url']" [attr.status-url]="of['status-url']"
      [attr.events-url]="of['events-url']" [attr.cancel-url]="of['cancel-url']" [attr.data-times]="times"
      (gopay-settlement)="paid = $event.detail.order_id"
    ><p>Cara bayar lain</p></gopay-checkout>
  }
  <output>{{ paid }}</output>`;

export async function begin(place, attributes) {
  class Page {
    of = attributes;
    times = 0;
    isShown = true;
    paid = "";
  }
  // As `@Component({ … })` does, which no browser reads.
  const Root = Component({ selector: "shop-root", template, schemas: [CUSTOM_ELEMENTS_SCHEMA] })(Page) ?? Page;
  place.append(document.createElement("shop-root"));
  const app = await bootstrapApplication(Root, { providers: [provideZoneChangeDetection()] });
  const page = app.components[0].instance;
  const detect = () => app.injector.get(ApplicationRef).tick();
  return {
    "changes detected, three times": async (task) => {
      for (const times of [1, 2, 3]) {
        page.times = times;
        detect();
        await task();
      }
    },
    "taken away by a condition, and made anew": async (task) => {
      page.isShown = false;
      detect();
      await task();
      page.isShown = true;
      detect();
      await task();
    },
  };
}
