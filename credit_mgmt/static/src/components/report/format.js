import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatInteger, formatMonetary } from "@web/views/fields/formatters";

const EMPTY = "–";

/**
 * @param {number|null} value
 * @param {"money"|"percent"|"days"|"times"|"number"} unit percent: 0 to 100
 * @param {Object} [options]
 * @param {number} [options.currencyId]
 * @param {boolean} [options.exact] money with its cents, everything else with two digits
 * @param {boolean} [options.short] for the axis of a chart
 * @returns {string} a dash when nothing is known
 */
export function formatFigure(value, unit, { currencyId, exact, short } = {}) {
    if (value === null || value === undefined || value === false) {
        return EMPTY;
    }
    const digits = [16, exact ? 2 : 1];
    switch (unit) {
        case "money":
            if (short) {
                return formatMonetary(value, { currencyId, humanReadable: true, digits: [16, 0] });
            }
            return formatMonetary(value, exact ? { currencyId } : { currencyId, digits: [16, 0] });
        case "percent":
            return `${formatFloat(value, { digits: short ? [16, 0] : digits })}%`;
        case "days":
            return short
                ? formatFloat(value, { digits: [16, 0] })
                : _t("%s days", formatFloat(value, { digits }));
        case "times":
            return _t("%s times", formatFloat(value, { digits }));
        default:
            return formatInteger(value);
    }
}

/**
 * @returns {string} the same with its sign
 */
export function formatDifference(value, unit, options) {
    if (value === null || value === undefined) {
        return EMPTY;
    }
    if (unit === "percent") {
        const points = formatFloat(Math.abs(value), { digits: [16, 1] });
        return `${getSign(value)}${_t("%s points", points)}`;
    }
    return `${getSign(value)}${formatFigure(Math.abs(value), unit, options)}`;
}

function getSign(value) {
    return value > 0 ? "+" : value < 0 ? "-" : "";
}

/**
 * @param {number|null} difference
 * @param {"lower"|"higher"|null} better
 * @returns {string} the class of a difference: good, bad or neither
 */
export function getDifferenceClass(difference, better) {
    if (!difference || !better) {
        return "text-muted";
    }
    return difference < 0 === (better === "lower") ? "text-success" : "text-danger";
}
