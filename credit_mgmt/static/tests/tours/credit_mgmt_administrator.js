import { registry } from "@web/core/registry";

const dialog = ".modal:not(.o_inactive_modal)";

function choose(field, text) {
    return [
        {
            trigger: `${dialog} .o_field_widget[name=${field}] input`,
            run: `edit ${text}`,
        },
        {
            trigger: `.o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):contains(${text})`,
            run: "click",
        },
    ];
}

function addLevel(name, days, steps) {
    return [
        {
            content: `Add the level ${name}`,
            trigger: ".o_field_widget[name=level_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: `${dialog} .o_field_widget[name=name] input`,
            run: `edit ${name}`,
        },
        {
            trigger: `${dialog} .o_field_widget[name=delay_days] input`,
            run: `edit ${days}`,
        },
        ...steps,
        {
            content: "Save the level",
            trigger: `${dialog} .o_form_button_save`,
            run: "click",
        },
        {
            trigger: `body:not(:has(.modal)) .o_field_widget[name=level_ids] .o_data_row:contains(${name})`,
        },
    ];
}

function byEmail() {
    return [
        ...choose("channel_ids", "E-mail"),
        { trigger: `${dialog} .nav-link[name=email]`, run: "click" },
        ...choose("mail_template_id", "Tour template"),
    ];
}

/**
 * An administrator builds a policy of three levels, the last one a formal letter with a
 * placeholder, then looks at the message on a real customer and sends a test to himself.
 */
registry.category("web_tour.tours").add("credit_mgmt_administrator", {
    url: "/odoo/dunning-policies",
    steps: () => [
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=name] input",
            run: "edit Tour policy",
        },
        ...addLevel("Tour first", 5, byEmail()),
        ...addLevel("Tour second", 15, byEmail()),
        ...addLevel("Tour formal", 30, [
            {
                trigger: `${dialog} .o_field_widget[name=formal_notice] input`,
                run: "click",
            },
            ...choose("channel_ids", "Letter"),
            {
                trigger: `${dialog} .nav-link[name=letter]`,
                run: "click",
            },
            {
                trigger: `${dialog} .o_field_widget[name=letter_text] textarea`,
                run: "edit Please pay:",
            },
            {
                content: "Insert a placeholder into the letter",
                trigger: `${dialog} .o_field_widget[name=letter_text] .o_credit_insert_placeholder`,
                run: "click",
            },
            {
                trigger: ".o_credit_placeholders .o-dropdown-item:contains({amount_due})",
                run: "click",
            },
            {
                trigger: `${dialog} .o_field_widget[name=letter_text] textarea:value(Please pay:{amount_due})`,
            },
        ]),
        {
            content: "Save the policy",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Preview the first level on a real customer",
            trigger: ".o_form_saved .o_data_row:contains(Tour first) button[name=action_preview]",
            run: "click",
        },
        {
            trigger: `${dialog} .o_field_widget[name=partner_id] input:value(Tour Customer)`,
        },
        {
            trigger: `${dialog} .o_credit_html_frame`,
        },
        {
            content: "Send the test",
            trigger: `${dialog} button[name=action_send_test]`,
            run: "click",
        },
        {
            trigger: ".o_notification:contains(tour_administrator@example.com)",
        },
        {
            trigger: `${dialog} .modal-footer button[special=cancel], ${dialog} .modal-footer .btn-secondary`,
            run: "click",
        },
        {
            content: "Preview the letter of the formal notice",
            trigger: "body:not(:has(.modal)) .o_data_row:contains(Tour formal) button[name=action_preview]",
            run: "click",
        },
        {
            trigger: `${dialog} .nav-link[name=letter].active`,
        },
        {
            trigger: `${dialog} .o_credit_html_frame`,
        },
        {
            trigger: `${dialog} .modal-footer .btn-secondary`,
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_saved",
        },
    ],
});
