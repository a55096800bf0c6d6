"""An average head: where the skin points of the 478-point mesh lie on it.

Measured with the mesh network itself: mean of four people while they talk, so that the mouth is a
little open; made symmetric. The irises (the last ten points) are left out: they move.
"""

from __future__ import annotations

from base64 import b85decode
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F64

N_SKIN: Final = 468
_PARTS: Final = 20_000  # of the unit
_NUMBERS: Final = (
    "008qZh~)qPQ675O004F*cIBP>R1Cx5003$j0oMQkEfJpC001`t7U_oCod8z;006V{qU`_x`|2O<000KhPxJr)@i7(V"
    "000FvmFEBeay72$008wnaO(g7T0UOt002@!80i22cto-3007EK<?R3fhanH!82hLpGU5=&Gwik)Bk9TnrugdPQw0n8"
    "^4=x|h5A|8m;w?1t?hLKMERuQ>GW^+w&#TPgZBj71okEQVc2%~KKmrp^aYRsFYJO+3-q+uP5&?e=EMXALm7F_VFDiq"
    "2IaIG`SHK_=q^C!arxLYdg#CL-Y}NwIqecNDem<1Ni_cI%kMBXFz>bIH$9s6s{1=0``8fsi5RTcV$rqpG5t31C=Dj^"
    "JMZlrB<ADp4;u03)zn-X68TX3*AYJ3o89p2L-bkJHt%8hKg>_z>khi~Zt+3y@9h5f>-clx4mZ;G_{xMkpCc*rMj-Cz"
    "e)kC?LFW_bN;kXrk?B@9UG}BZ>gzH4=I&Y__UL%$H|-hmpXSBrLhy*;ebOQOAkbFk$OGi$5#4(AZqAqS;sLG79q+IV"
    "@%W1|+2+ymv@#v)aPBBHMDAhqMj-&{*yvI>1ovv|+BwzpOzK=WHTKW-cpkRk;PA~g;P3JDNj2Q;|M@mGe(GNMR7qIw"
    "e)z;gNb1q}ra<56TKTp;LF)nfjyp!|_3+#|L-Ek>&N^7|cJ4ephwo+W>pg1ldFY`n>F?0Qnjh{g000*w%i-?r<v3CF"
    "uIxuS#q$pNGbHWikMN=*r0i4pCL{FbZ|YVM#q)^a&=V!~;O&?k*6N?sgxGEbb=Vl-HvHV%!svSSEb9kCmGc(!6Y8Js"
    "mGNiXn(=+_rO&4IzuH;^+x(r*$O%^jweT7O{rPs&Hv8TG3-o*mVDOUi+ZqMo_{dxi_X+>eE)7=ypxDL^So*8t-3{sY"
    "AnL0N%l5<X6bXFw3j4SL9qUZV!5P#ClFyF%X#!vUSRrBCg78BUU++`Hr3I@h{__w9()3O39vw9BS=M*|Gyz}oSQkg*"
    "0LNA>tts5_OaOBG&-VWlOy23$cSacqu+}I}ln@2Q1RZ1=KF?@Bqz;$IRQZS$aO=NVYWD8^<02{Ioa<2*8}T&CwF6!Z"
    "Z{HUJ5c|^OSOUNKN$Qn4qVx~SZY9MC8uj2{_V#Gy%vm@BpWX^pq6h#0k=#}A008P?T=hHX?*WVXckC_!O8Qyv#{gdY"
    "4a~v$%m?V}zWmAgTIWyu|M=kI4EsL$Xx`xag8G=-IsGd9SH!OO_9BJcY5~gp0050BzUKSwb1H@GGV@s<4CYt(yC_lT"
    "005%-V(mKJqfNd78ss}u;{3<-e_ZD9c+hM{SQ<v}*Z#)(pZ8`8>F59ee_e&|pX}*fg8RtEu_@3P1og){g6`?_V?2WG"
    "<npXOiR>=&Z$T&R=I~BNXz*R^G&TzJ80)$<CG-C2AvGiOMdZLS5A>1HQYQ%hs`onuBJQd5e*4h(ckzAv>G_TAgf?vR"
    "lF;WhR|RAFx%%z!TJ9`Njq(5hYzqM2Py0s)dgTBB3<gBx(ew5aT<8D*XIDDy001jcqV3oAm`~j9i{f=aIQih{t|5`}"
    "@aG~&DfTzqV<GPInd4d~!}7e>zA6>?Q1y>i!tRCeF&6aeg5C>8ef?79r%Yk_`rX|)+WDo+buS+ZiPtqds{Yc+QZ?um"
    "E8jmZZuK|xP!4SDGxTL0z~ABU&mL#xnf81cAKYs2G4_b|wC8>D)b$78=J7%HyxCgwZTM`}V)m^2{nFI{Qv*lD?hqgv"
    ";?@oby8bxaRtbFjCF4Q~M)}0){|7|)0`DmXC-|ZAP6X8V*u$R^pe^t4KOp+&l=l@6Qsn*jogI|h#QK;ZlHK+9z8)Ul"
    "K=R}vwdue62q7WdO8kH#GUBxINC1-ha`i0%O!p}Fy#aai`PohW=>0I(fcrWAV+2$T!{B-)od8z;=me-CGUD(!Gwik)"
    "-4@COruY^dQw0n84k0E5h5Dx_m;w?1QxbIpMEP7E>GW^+N*ILogZKO+1okEQpC@+sKKtA&^aYRs(G!AF3-nAUP5&?e"
    "8ao69Lm7uLVFDiq`Wmzv`SC#q=q^C!j|SK?dgwt8-Y}Nw#}X1VDeepmNi_cIH4rd0Fz-tlH$9s6Rs=g9``GXVi5RTc"
    "o-VcXG5yL9C=Dj^#SrZrB<39v4;u03D=S<Y68W$M*AYJ3Wg_tGL-eO9Ht%8h!81?c>kdW>Zt+3y5flFR>-dcw4mZ;G"
    "2sMN|pCi`{Mj-Czf(QvBLFerkN;kXrZx&WJUG`fn>gzH48WCC__UMQhH|-hmVHw5fLhyJVebOQO;4fC@$O9Z35#4(A"
    "k};R@;sH}N9q+IV4+o1e+2$_|v@#v)kP#>}MDCvpMj-&{C>K&U1oxH{+Bwzpv=v-8HTE$IcpkRkAP>zo;O`F$Nj2Q;"
    "0R}cTe(ItJR7qIwf(OJyNa`;Kra<56rUte>LF@kojyp!|3lH2mL-8;W&N^7|iV-|Khwqyb>pg1lhZmtO>F+Q*njh{g"
    "5)$P&QS?$1M>)mw@&+>`?dEY0q9Ua1tp_F}^yZNjRuIMWcplIbCG{W@m>kyXVJn2#ZUl=b7~nSiBqYM<diB&42SSze"
    ">I@U=pY3Z7XWW|cgAk?9ru9K3S_IqtV=>4HR|HEB8Up?KiYzw!-T(Cqd<kIiZVlTS1>p!cTn_gM0WK~LR{vlp#tvBe"
    "RUO?8>G$9js|(BaJrEQLeD(GOxB(sOv^K#R)CX=bj{0c=p#oSTVcUKWLlR%_tvsa#t11Ev5C+opvl1R1H1MY>cmFg2"
    "p$%9UN8<oFRxPb5Bo9mga{Dm}{}W8!7b<r~83<4*C{C0R`#J<2WE#RSXg{P5X*g8*h!l_%zgTMa5(48QDdJ=lQ5GBV"
    "%r&(GUJQ{S7XlFbE*w|_zxlTnl{%vI@ilHG#R%pK;9&Olm>SGkI09iI3RR*A#TV}Zi}{HYE&)pVrx3>gUi<Si!THPw"
    "7!<zz$@!)jPy7G)ARP?*KKYm-;QNC5Xe2rPD*UNCuJ`sLdn0NA%KQZqb1H@G&J0-}4Cbi^yC_lT#v-Flz5?bOJ5%EP"
    "ISYSW=J1FwY(`ibx)9g?#`<9hW(w)(VH4?Hg8Mi*u_@3P{0hf9g6<a#V?2WG91W~KiR{u1Z$T&R8V^oJXz-&GG&TzJ"
    "=oGp&CG!FnAvGiOyBokU5A<&@QYQ%hRtP%<BJNiUe*4h(i4J}I>G^XKgf?vRZZGFGR|TC0x%%z!rV%Vmjq<SsM+bW4"
    "FAVk)T<9qYm`~j9bscp;IQbwKt|5`}5EvpyDfY=DV<GPIXB=85!}3HZzA6>?unLb>!tQ$yF&6aeejy7+ef_Q)r%Yk_"
    "1|r=!+WA{FbuS+ZcPKSGs{SrEQZ?um)gV7EZuQ9vP!4SD%?o86z~3Ja&mL#xX9;{6AKaD?G4_b|Oc;Ig)b;rv=J7%H"
    "L?&AEZTOTbV)m^211;46Qv<m>?hqgv9w`n8y8g%`RtbFj+Z;j(M)^Dz{|7|){tzh!C-`3tP6X8VC_JAMpe+#(KOp+&"
    "YzP$(Qse^&ogI|hJO!8_lHCgkz8)UlzzyUfwdp|w2q7WdwgZ47GU7}PNC1-hjtVUSO!wFby#aai2PRGa=>5<sfcrWA"
)  # base 85 of 16-bit numbers, x, y, z of every point


def _average() -> F64:
    numbers = np.frombuffer(b85decode(_NUMBERS), "<i2").reshape(N_SKIN, 3)
    points = numbers.astype(np.float64) / _PARTS
    points.flags.writeable = False
    return points


# (468, 3): unit and axes of `core.face.pose`: the distance of the outer eye corners, origin between
# them, x to the picture's right, y down, z away from the camera.
AVERAGE = _average()

# The rim of the face, clockwise on the screen from the middle of the forehead.
RIM = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
