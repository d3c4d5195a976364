import { registry } from "@web/core/registry";

/**
 * Somebody begins the day: opens the app on Today, follows a figure, comes back, looks at the
 * indicators of an earlier month and at what one of them counts.
 */
registry.category("web_tour.tours").add("credit_mgmt_dashboard", {
    url: "/odoo/credit-today",
    steps: () => [
        {
            content: "Today shows what is overdue",
            trigger: ".o_credit_dashboard .o_credit_tile[data-code=overdue]:contains(200)",
            run: "click",
        },
        {
            content: "The list is what the tile counts",
            trigger: ".o_list_view tfoot:contains(200.00)",
        },
        {
            trigger: ".o_data_row:contains(Tour Customer)",
        },
        {
            content: "Back to the dashboard",
            trigger: ".o_back_button, .breadcrumb-item a:contains(Today)",
            run: "click",
        },
        {
            content: "The highest debtor is there with his next step",
            trigger: ".o_credit_top_row:contains(Tour Customer):contains(First reminder)",
        },
        {
            content: "On to the indicators",
            trigger: ".o_credit_dashboard .o_credit_open_indicators",
            run: "click",
        },
        {
            content: "Choose an indicator: its trend is drawn",
            trigger: ".o_credit_indicators .o_credit_tile[data-code=receivables]",
            run: "click",
        },
        {
            trigger: ".o_credit_trend .o_credit_panel_title:contains(Receivables)",
        },
        {
            content: "Break it down",
            trigger: ".o_credit_breakdown .o_credit_group_by",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .o-dropdown-item:contains(Company)",
            run: "click",
        },
        {
            content: "The figure of the company",
            trigger: ".o_credit_breakdown tbody .o_credit_figure:contains(200)",
        },
        {
            content: "The month before",
            trigger: ".o_credit_previous",
            run: "click",
        },
        {
            content: "The next month can be chosen again: an earlier one is shown",
            trigger: ".o_credit_indicators .o_credit_next:enabled",
        },
        {
            content: "What was open then",
            trigger:
                ".o_credit_indicator:has([data-code=receivables]) .o_credit_tile_open",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Tour Customer)",
        },
    ],
});
