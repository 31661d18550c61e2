"""Writes the model agreement (model.docx): ``python -m services.registry.agreement.make_model``.

A sample in our own words, to be replaced by the bureau's text; its blanks are the names that the ledger fills.
"""

from pathlib import Path
from typing import Any, Final

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

_HEAD: Final = (
    "出租方（甲方）：{{ landlord.name }}　统一社会信用代码：{{ landlord.uscc }}",
    "承租方（乙方）：{{ tenant.name }}　统一社会信用代码：{{ tenant.uscc }}",
    "厂房：{{ compound }} {{ building_no }}（{{ address }}）　部位：{{ rooms }}　面积：{{ area }} 平方米　用途：{{ use }}",
    "租赁期限：{{ start }} 至 {{ end }}　厂房设防火灾危险性类别：{{ building_class }}　乙方申报类别：{{ tenant_class }}",
)
_CLAUSES: Final = (
    "一、甲方统一协调、管理厂区的安全生产工作，定期检查乙方并留存双方签字的记录；发现隐患及时督促整改，乙方拒不整改的，甲方报告属地监管部门。",
    "二、甲方保证厂房手续合法、消防设施完好，保持公共疏散通道、安全出口和消防车道畅通，安装一键响铃并定期测试。",
    "三、乙方对承租区域和自身生产经营活动的安全负责，如实申报工艺、物料和火灾危险性类别；未经甲方书面同意并完成联合会审，不改变工艺、类别、用途，不分割转租。",
    "四、厂房、仓库内不住人；不违规储存危险物品；动火、有限空间等作业先审批后实施，特种作业人员持证上岗。",
    "五、乙方按期开展自查、培训和演练，参加甲方组织的联合演练；发生险情立即报警、疏散并通知甲方。",
    "六、消防安全责任按下表划分；表中未列事项，公共部分由甲方负责，承租区域由乙方负责。",
)
_TAIL: Final = (
    "七、联合会审意见中的入驻条件（如有）：{{ conditions }}",
    "八、本协议与租赁合同同时生效，有效期至 {{ until }}。任何一方违反本协议，依法承担责任。",
    "甲方（盖章）：　　　　　　　　　　乙方（盖章）：",
    "签订日期：　　　年　　月　　日",
)
_NOTE: Final = "示范文本 {{ model }}：样例，使用前由主管部门核定。编号 {{ lease_id }}"


def main() -> None:
    """Write the file beside this script."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "宋体", Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run("厂房租赁安全生产管理协议")
    run.bold, run.font.size = True, Pt(16)
    for text in (*_HEAD, *_CLAUSES):
        document.add_paragraph(text)
    _duties(document)
    for text in _TAIL:
        document.add_paragraph(text)
    document.add_paragraph(_NOTE).runs[0].font.size = Pt(8)
    document.save(str(Path(__file__).with_name("model.docx")))


def _duties(document: Any) -> None:
    table = document.add_table(rows=4, cols=3, style="Table Grid")
    for cell, text in zip(table.rows[0].cells, ("事项", "责任方", "依据"), strict=True):
        cell.text = text
    table.rows[1].cells[0].text = "{%tr for duty in duties %}"
    for cell, text in zip(table.rows[2].cells, ("{{ duty.zh }}", "{{ duty.holder }}", "{{ duty.basis }}"), strict=True):
        cell.text = text
    table.rows[3].cells[0].text = "{%tr endfor %}"


if __name__ == "__main__":
    main()
