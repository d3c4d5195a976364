import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { formatMonetary, formatPercentage } from "@web/views/fields/formatters";

/** An amount of the table: nothing for zero, so that what is open catches the eye. */
export function formatAmount(amount, currencyId, { noSymbol = true } = {}) {
    return amount ? formatMonetary(amount, { currencyId, noSymbol }) : "";
}

/** A percentage as the server gives it, already times 100. */
export function formatPercent(percent) {
    return percent === null || percent === undefined
        ? ""
        : formatPercentage(percent / 100, { digits: [16, 1] });
}

/** @param {string} date ISO */
export function formatDay(date) {
    return date ? formatDate(deserializeDate(date)) : "";
}
