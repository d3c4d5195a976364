import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";

const scheme = cookie.get("color_scheme");

export const LABEL_COLOR = getCustomColor(scheme, "#374151", "#E4E4E4");
export const GRID_COLOR = getCustomColor(scheme, "rgba(0,0,0,.08)", "rgba(255,255,255,.12)");
export const NEUTRAL_COLOR = getColor(18, scheme, "lg");

/** @returns {string} the n-th colour of Odoo's small palette */
export function getSeriesColor(index) {
    return getColor(index, scheme, "sm");
}

/** From not due (calm) to the oldest (red): places in Odoo's palette of twelve. */
const AGE_COLORS = [2, 10, 6, 7, 4, 5];

/**
 * @param {number} index of the bucket
 * @param {number} count of all buckets
 * @returns {string}
 */
export function getAgeColor(index, count) {
    const place = index && Math.ceil((index / (count - 1)) * (AGE_COLORS.length - 1));
    return getColor(AGE_COLORS[Math.min(place, AGE_COLORS.length - 1)], scheme, "md");
}
