const STEP_ICONS = {
    broken: "fa-chain-broken",
    answer: "fa-reply",
    delivery: "fa-exclamation-triangle",
    planned: "fa-calendar-check-o",
    formal_notice: "fa-balance-scale",
    release: "fa-check-square-o",
    send: "fa-paper-plane-o",
    call: "fa-phone",
    address: "fa-map-marker",
    check_payment: "fa-search",
    allocate: "fa-link",
    dispute: "fa-gavel",
    instalment: "fa-hourglass-half",
    remind: "fa-envelope-o",
    contact: "fa-phone",
};

/** The icon of a next step; without one, of waiting. */
export function getStepIcon(step) {
    return STEP_ICONS[step] || "fa-pause";
}
