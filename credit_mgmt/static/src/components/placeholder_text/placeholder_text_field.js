import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { TextField, textField } from "@web/views/fields/text/text_field";

import { onWillStart } from "@odoo/owl";

/**
 * A text with a list of the placeholders that the server replaces in it. The one chosen is
 * inserted where the cursor was, or instead of what was selected.
 */
export class PlaceholderTextField extends TextField {
    static template = "credit_mgmt.PlaceholderTextField";
    static components = { ...TextField.components, Dropdown, DropdownItem };

    setup() {
        super.setup();
        const orm = useService("orm").cache();
        this.selectionEnd = this.selectionStart;
        this.typed = "";
        this.placeholders = [];
        onWillStart(async () => {
            if (!this.props.readonly) {
                this.placeholders = await orm.call(this.props.record.resModel, "get_placeholders");
            }
        });
    }

    /** Remember text and cursor as typed: leaving the text trims it. */
    rememberCursor() {
        const { value, selectionStart, selectionEnd } = this.textareaRef.el;
        if (value === this.typed || value.trim() !== this.typed.trim()) {
            this.typed = value;
            this.selectionStart = selectionStart;
            this.selectionEnd = selectionEnd;
        }
    }

    onInput() {
        this.typed = this.textareaRef.el.value;
        this.rememberCursor();
    }

    async onBlur() {
        this.rememberCursor();
    }

    onSelectPlaceholder(placeholder) {
        const textarea = this.textareaRef.el;
        if (this.typed.trim() === textarea.value.trim()) {
            // The space typed before the placeholder belongs to the text again.
            textarea.value = this.typed;
        }
        const end = Math.min(this.selectionEnd, textarea.value.length);
        const start = Math.min(this.selectionStart, end);
        textarea.focus();
        textarea.setRangeText(`{${placeholder.name}}`, start, end, "end");
        textarea.dispatchEvent(new InputEvent("input", { bubbles: true }));
        textarea.dispatchEvent(new Event("change", { bubbles: true }));
    }
}

export const placeholderTextField = {
    ...textField,
    component: PlaceholderTextField,
    displayName: _t("Text with placeholders"),
    supportedTypes: ["char", "text"],
};

registry.category("fields").add("credit_placeholder_text", placeholderTextField);
