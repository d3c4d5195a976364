import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { omit } from "@web/core/utils/objects";

/**
 * What was chosen on the screen, as a plain object that holds only what differs from the defaults
 * of the server. Two keys stay in the browser: `period`, the shortcut by which the date was
 * chosen, and `compare`, the distance of the date it is compared to; with them a favourite moves
 * on with the calendar.
 */

/** Months between the date and the one it is compared to. */
export const COMPARISONS = { month: 1, quarter: 3, year: 12 };

const text = { write: String, read: String };
const number = { write: String, read: Number };
const boolean = { write: (value) => (value ? "1" : "0"), read: (value) => value === "1" };
const numbers = { write: (list) => list.join(","), read: (list) => list.split(",").map(Number) };
const filters = {
    write: (values) =>
        Object.entries(values)
            .map(([code, ids]) => `${code}:${numbers.write(ids)}`)
            .join(";"),
    read: (value) =>
        Object.fromEntries(
            value
                .split(";")
                .map((part) => part.split(":"))
                .filter(([, ids]) => ids)
                .map(([code, ids]) => [code, numbers.read(ids)])
        ),
};

/** How each option is written in the URL. */
const CODECS = {
    as_of: text,
    period: text,
    compare_to: text,
    compare: text,
    group_by: text,
    basis: text,
    buckets: text,
    edges: numbers,
    months: number,
    currency: text,
    filters,
    search: text,
    overdue_only: boolean,
    disputed: text,
    min_amount: number,
    order: text,
    descending: boolean,
    offset: number,
    limit: number,
};
const BROWSER_KEYS = ["period", "compare"];

/**
 * @param {Object} options
 * @returns {Object} every key of the URL; undefined for what is not said, so that it leaves the URL
 */
export function optionsToUrl(options) {
    return Object.fromEntries(
        Object.entries(CODECS).map(([key, codec]) => [
            key,
            options[key] === undefined ? undefined : codec.write(options[key]),
        ])
    );
}

/**
 * @param {Object} params what the router read in the URL (it turns digits into numbers)
 * @returns {Object} options
 */
export function optionsFromUrl(params) {
    const options = {};
    for (const [key, codec] of Object.entries(CODECS)) {
        if (params[key] !== undefined && params[key] !== "") {
            options[key] = codec.read(String(params[key]));
        }
    }
    return options;
}

/** The options without what the server does not know. */
export function optionsToServer(options) {
    return omit(options, ...BROWSER_KEYS);
}

/** Remove what is not said, so that two equal choices are equal objects. */
export function cleanOptions(options) {
    const result = { ...options };
    if (result.filters) {
        const chosen = Object.entries(result.filters).filter(([, ids]) => ids.length);
        result.filters = chosen.length ? Object.fromEntries(chosen) : undefined;
    }
    for (const [key, value] of Object.entries(result)) {
        if (value === undefined || value === null || value === "") {
            delete result[key];
        }
    }
    return result;
}

/**
 * The date that lies a number of months earlier: the end of a month stays the end of a month.
 *
 * @param {string} date ISO
 * @param {number} months
 * @returns {string} ISO
 */
export function monthsEarlier(date, months) {
    const day = deserializeDate(date);
    const earlier = day.minus({ months });
    const isLastDay = day.hasSame(day.endOf("month"), "day");
    return serializeDate(isLastDay ? earlier.endOf("month") : earlier);
}

/**
 * Set the dates that follow from the shortcuts.
 *
 * @param {Object} options
 * @param {{ today: string, periods: { code: string, date: string }[] }} screen
 * @param {{ moveOn?: boolean }} [params] moveOn: a favourite's shortcut decides; otherwise a date
 *  that stands beside another shortcut wins, as in a link of yesterday
 */
export function resolveDates(options, screen, { moveOn = false } = {}) {
    const result = { ...options };
    const period = screen.periods.find(({ code }) => code === result.period);
    if (period && (moveOn || !result.as_of)) {
        result.as_of = period.date;
    } else if (period?.date !== result.as_of) {
        delete result.period;
    }
    if (result.period === "today") {
        delete result.period;
        delete result.as_of;
    }
    if (COMPARISONS[result.compare]) {
        const months = COMPARISONS[result.compare];
        result.compare_to = monthsEarlier(result.as_of || screen.today, months);
    } else {
        delete result.compare;
    }
    return result;
}
