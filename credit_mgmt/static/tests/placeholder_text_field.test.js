import { expect, test } from "@odoo/hoot";
import { queryOne } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

class Level extends models.Model {
    letter_text = fields.Text();

    _records = [{ id: 1, letter_text: "Dear ," }];
}

defineMailModels();
defineModels([Level]);

onRpc("has_group", () => true);
onRpc("level", "get_placeholders", () => [
    { name: "contact", label: "Name of the recipient" },
    { name: "amount_due", label: "Net due" },
]);

const arch = `<form><field name="letter_text" widget="credit_placeholder_text"/></form>`;

test("insert a placeholder where the cursor was", async () => {
    onRpc("web_save", ({ args }) => {
        expect.step(args[1].letter_text);
    });
    await mountView({ type: "form", resModel: "level", resId: 1, arch });
    const textarea = queryOne(".o_field_widget[name=letter_text] textarea");
    await contains(textarea).click();
    textarea.setSelectionRange(5, 5);
    await contains(".o_credit_insert_placeholder").click();
    expect(".o_credit_placeholders .o-dropdown-item").toHaveCount(2);
    await contains(".o_credit_placeholders .o-dropdown-item:first").click();
    expect(textarea).toHaveValue("Dear {contact},");
    await contains(".o_form_button_save").click();
    expect.verifySteps(["Dear {contact},"]);
});

test("replace what was selected, twice in a row", async () => {
    await mountView({ type: "form", resModel: "level", resId: 1, arch });
    const textarea = queryOne(".o_field_widget[name=letter_text] textarea");
    await contains(textarea).click();
    textarea.setSelectionRange(0, 4);
    await contains(".o_credit_insert_placeholder").click();
    await contains(".o_credit_placeholders .o-dropdown-item:last").click();
    await contains(".o_credit_insert_placeholder").click();
    await contains(".o_credit_placeholders .o-dropdown-item:first").click();
    expect(textarea).toHaveValue("{amount_due}{contact} ,");
});

test("keep the space typed before the placeholder", async () => {
    await mountView({ type: "form", resModel: "level", resId: 1, arch });
    const textarea = queryOne(".o_field_widget[name=letter_text] textarea");
    await contains(textarea).edit("Please pay ", { confirm: "blur" });
    await contains(".o_credit_insert_placeholder").click();
    await contains(".o_credit_placeholders .o-dropdown-item:last").click();
    expect(textarea).toHaveValue("Please pay {amount_due}");
});

test("no picker in readonly", async () => {
    await mountView({
        type: "form",
        resModel: "level",
        resId: 1,
        arch: `<form><field name="letter_text" widget="credit_placeholder_text" readonly="1"/></form>`,
    });
    expect(".o_credit_insert_placeholder").toHaveCount(0);
    expect(".o_field_widget[name=letter_text]").toHaveText("Dear ,");
});
