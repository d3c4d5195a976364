/* global Chart */

import { loadBundle } from "@web/core/assets";

import { GRID_COLOR, LABEL_COLOR } from "./chart_colors";

import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";

/**
 * Bars or lines, drawn by the library of Odoo's own graphs. Everything that the mouse can do is
 * in a table beside, which a screen reader reads and which appears when the keyboard enters it.
 */
export class CreditChart extends Component {
    static template = "credit_mgmt.Chart";
    static props = {
        type: { validate: (type) => ["bar", "line"].includes(type) },
        /** What is drawn, in words. */
        title: String,
        labels: { type: Array, element: String },
        /** [{ label, values, color (one, or one per value), dashed }] */
        series: { type: Array, element: Object },
        format: Function,
        formatTick: { type: Function, optional: true },
        /** Called with the places of a label and of a series. */
        onSelect: { type: Function, optional: true },
        className: { type: String, optional: true },
    };

    setup() {
        this.canvasRef = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(() => {
            const chart = new Chart(this.canvasRef.el, this.getConfig());
            return () => chart.destroy();
        });
    }

    get isLine() {
        return this.props.type === "line";
    }

    getConfig() {
        return {
            type: this.props.type,
            data: { labels: this.props.labels, datasets: this.getDatasets() },
            options: {
                animation: false,
                responsive: true,
                maintainAspectRatio: false,
                font: { family: getComputedStyle(document.body).fontFamily },
                interaction: { mode: "index", intersect: false },
                onClick: (ev, elements, chart) => this.onClick(ev, elements, chart),
                onHover: (ev, elements) => {
                    const clickable = this.props.onSelect && elements.length;
                    ev.native.target.style.cursor = clickable ? "pointer" : "default";
                },
                plugins: {
                    legend: {
                        display: this.props.series.length > 1,
                        position: "bottom",
                        align: "start",
                        labels: {
                            color: LABEL_COLOR,
                            boxWidth: this.isLine ? 24 : 12,
                            boxHeight: 12,
                            usePointStyle: this.isLine,
                            pointStyle: "line",
                        },
                    },
                    tooltip: {
                        callbacks: {
                            label: ({ dataset, raw }) =>
                                ` ${dataset.label}: ${this.props.format(raw)}`,
                        },
                    },
                },
                scales: {
                    x: {
                        grid: { display: false },
                        border: { color: GRID_COLOR },
                        ticks: {
                            color: LABEL_COLOR,
                            maxRotation: 45,
                            autoSkip: this.isLine,
                            autoSkipPadding: 12,
                        },
                    },
                    y: {
                        beginAtZero: true,
                        grid: { color: GRID_COLOR },
                        border: { display: false },
                        ticks: {
                            color: LABEL_COLOR,
                            maxTicksLimit: 6,
                            callback: this.props.formatTick || this.props.format,
                        },
                    },
                },
            },
        };
    }

    getDatasets() {
        return this.props.series.map(({ label, values, color, dashed }) => ({
            label,
            data: values,
            backgroundColor: color,
            borderColor: color,
            ...(this.isLine
                ? {
                      borderWidth: 2,
                      borderDash: dashed ? [5, 4] : [],
                      pointRadius: 0,
                      pointHitRadius: 8,
                      pointHoverRadius: 4,
                      spanGaps: false,
                      tension: 0.15,
                  }
                : { borderRadius: 3, maxBarThickness: 64 }),
        }));
    }

    onClick(ev, elements, chart) {
        if (!this.props.onSelect || !elements.length) {
            return;
        }
        // The column says which label; the nearest of its points which series.
        const nearest = chart.getElementsAtEventForMode(ev, "nearest", { intersect: false }, true);
        this.props.onSelect(elements[0].index, nearest[0]?.datasetIndex ?? 0);
    }
}
