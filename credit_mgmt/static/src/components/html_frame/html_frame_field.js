import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/**
 * Shows a message or a report exactly as it was made, apart from the styles of the page. Nothing
 * in it is executed.
 */
export class HtmlFrameField extends Component {
    static template = "credit_mgmt.HtmlFrameField";
    static props = { ...standardFieldProps };

    get content() {
        const content = (this.props.record.data[this.props.name] || "").toString();
        // A report is a whole document; a message takes the font of the mail program.
        return content.includes("<html")
            ? content
            : `<style>body { font-family: sans-serif; font-size: 14px; }</style>${content}`;
    }
}

export const htmlFrameField = {
    component: HtmlFrameField,
    displayName: _t("HTML in a frame"),
    supportedTypes: ["html", "text"],
};

registry.category("fields").add("credit_html_frame", htmlFrameField);
