import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { KeepLast } from "@web/core/utils/concurrency";

import { markRaw, onWillStart, useState } from "@odoo/owl";

/**
 * The data of a screen: the last answer, whether another one is on its way, and what went wrong
 * instead. The screen is there at once and fills when the answer comes.
 *
 * @param {() => Promise<Object>} fetchData
 * @returns {{ data: Object|null, error: string|null, loading: boolean, load: () => Promise<void> }}
 */
export function useReport(fetchData) {
    const keepLast = new KeepLast();
    const report = useState({ data: null, error: null, loading: true, load });

    async function load() {
        report.loading = true;
        try {
            report.data = markRaw(await keepLast.add(fetchData()));
            report.error = null;
        } catch (error) {
            report.error = getMessage(error);
        }
        report.loading = false;
    }

    onWillStart(() => {
        load();
    });
    return report;
}

function getMessage(error) {
    if (error instanceof ConnectionLostError) {
        return _t("The server cannot be reached. Check the connection and try again.");
    }
    if (error instanceof RPCError) {
        return error.data?.message || error.message;
    }
    throw error;
}
