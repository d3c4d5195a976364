import { registry } from "@web/core/registry";

const nextWeek = () => luxon.DateTime.now().plus({ days: 7 }).toISODate();

/** Put a PDF into the field of the files, as a customer does from his phone. */
function attach({ anchor }) {
    const files = new DataTransfer();
    files.items.add(new File(["%PDF-1.4 order"], "order.pdf", { type: "application/pdf" }));
    anchor.files = files.files;
}

registry.category("web_tour.tours").add("credit_mgmt_customer_page", {
    steps: () => [
        {
            content: "Late invoices are chosen already: keep the first one",
            trigger: ".o_credit_page_items input[type=checkbox]:checked:eq(1)",
            run: "click",
        },
        {
            trigger: "button[name=promise]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Only the chosen one is promised",
            trigger: "li.list-group-item:only-child",
        },
        {
            trigger: "#date_1",
            run() {
                this.anchor.value = nextWeek();
            },
        },
        {
            trigger: "button[name=confirm]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "A sentence thanks, and the invoice says so",
            trigger: ".alert-success:contains(we noted when you will pay)",
        },
        { trigger: ".list-group-item:contains(You promised to pay by)" },
        {
            content: "The other invoice is wrong",
            trigger: ".list-group-item:contains(days late) a:contains(Report a problem)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "#reason",
            run: "selectByLabel Price not as agreed",
        },
        {
            trigger: "#amount",
            run: "edit 40",
        },
        {
            trigger: "#file",
            run() {
                attach({ anchor: this.anchor });
            },
        },
        {
            trigger: "#text",
            run: "edit Agreed at sixty",
        },
        {
            trigger: "button[name=confirm]",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: ".alert-success:contains(we are looking into it)" },
        { trigger: ".list-group-item:contains(In dispute)" },
        {
            content: "Everything told is listed",
            trigger: "[name=said] li:eq(1)",
        },
    ],
});
